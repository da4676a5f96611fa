<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * Words, English.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['pluginname'] = 'Lintel: who is whose parent';
$string['privacy:metadata:children'] = 'The user ids of the children in whose user context the person holds a chosen role.';
$string['privacy:metadata:lintel'] = 'When somebody opens Lintel, it is told whose parent they are. Nothing is kept in Moodle.';
$string['privacy:metadata:realuser'] = 'Who really looks, when an administrator is logged in as another user.';
$string['privacy:metadata:roles'] = 'That the person is a parent (Mentor, Observer), beside the roles Moodle sends.';
$string['roles'] = 'Roles of parents';
$string['roles_desc'] = 'Somebody who holds one of these roles in a child\'s user context is announced to Lintel as that child\'s parent, in whatever course they open it.';
$string['roles_none'] = 'No role can be given in a user\'s context yet. Make one under Users > Permissions > Define roles, tick "User" as context type, then come back.';
$string['tools'] = 'Addresses of Lintel';
$string['tools_desc'] = 'One a line, such as https://lintel.example.org. No other tool is told anything.';
