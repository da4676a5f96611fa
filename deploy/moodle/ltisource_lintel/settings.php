<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * Where Lintel lives, and which role means "is a parent of".
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

if ($ADMIN->fulltree) {
    $settings->add(new admin_setting_configtextarea(
        'ltisource_lintel/tools',
        new lang_string('tools', 'ltisource_lintel'),
        new lang_string('tools_desc', 'ltisource_lintel'),
        '',
        PARAM_RAW_TRIMMED,
        60,
        3
    ));
    // Only roles that can be given in a user's context can say whose parent somebody is.
    $choices = [];
    foreach (get_roles_for_contextlevels(CONTEXT_USER) as $roleid) {
        $role = $DB->get_record('role', ['id' => $roleid]);
        if ($role) {
            $choices[$roleid] = role_get_name($role, context_system::instance());
        }
    }
    $settings->add(new admin_setting_configmulticheckbox(
        'ltisource_lintel/roles',
        new lang_string('roles', 'ltisource_lintel'),
        new lang_string($choices ? 'roles_desc' : 'roles_none', 'ltisource_lintel'),
        [],
        $choices
    ));
}
