<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * What a launch says about a parent, which Moodle itself never says.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Moodle asks each source plugin before it sends a launch or a deep linking request. What is
 * answered here replaces the parameters of the same name.
 *
 * @param stdClass|null $instance the activity, null where something is being chosen for one
 * @param string|moodle_url $endpoint where the launch goes
 * @param array $requestparams what Moodle would send
 * @return array parameters to add; empty for any tool but Lintel
 */
function ltisource_lintel_before_launch($instance, $endpoint, array $requestparams): array {
    return \ltisource_lintel\launch::additions((string) $endpoint, $requestparams);
}
