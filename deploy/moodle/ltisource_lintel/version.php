<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.

/**
 * Version.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$plugin->component = 'ltisource_lintel';
$plugin->version = 2026112400;
$plugin->requires = 2024100700;
$plugin->supported = [405, 501];
$plugin->maturity = MATURITY_STABLE;
$plugin->release = '1.0';
