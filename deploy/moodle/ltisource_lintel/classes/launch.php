<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * The parent's part of a launch.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace ltisource_lintel;

/**
 * Adds Mentor, Observer and role_scope_mentor (LTI Core, Appendix D.1 and A.2.3) for somebody who
 * holds one of the chosen roles in the user context of a child. Whoever looks through another
 * person's eyes is named by their own id, so that the tool shows and keeps nothing as theirs.
 */
class launch {
    /** Roles in the short form that Moodle turns into the URIs of LTI 1.3. */
    private const ROLES = ['urn:lti:role:ims/lis/Mentor', 'urn:lti:instrole:ims/lis/Observer'];

    /** More children than any family has; a role given to half a school is a mistake, not a family. */
    private const CHILDREN_MAX = 40;

    /**
     * What to add to a launch of the signed-in user.
     *
     * @param string $endpoint where the launch goes
     * @param array $params what Moodle would send
     * @return array
     */
    public static function additions(string $endpoint, array $params): array {
        global $COURSE, $USER;

        if (!self::is_lintel($endpoint) || !isloggedin() || isguestuser()) {
            return [];
        }
        $add = [];
        if (\core\session\manager::is_loggedinas()) {
            $add['custom_masquerading_user_id'] = (string) \core\session\manager::get_realuser()->id;
        }
        // Somebody who tries on another role asked to see that role, not their family.
        if (is_role_switched($COURSE->id)) {
            return $add;
        }
        $children = self::children((int) $USER->id);
        if ($children === null) {
            return $add;
        }
        // An empty list is said, too: it ends what an earlier launch said.
        $add['role_scope_mentor'] = array_map('strval', $children);
        if ($children) {
            $has = array_filter(explode(',', (string) ($params['roles'] ?? '')), 'strlen');
            $add['roles'] = implode(',', array_unique(array_merge($has, self::ROLES)));
        }
        return $add;
    }

    /**
     * Does this launch go to one of the addresses in the settings? Same scheme, host and port:
     * no other tool learns who is whose parent.
     *
     * @param string $endpoint
     * @return bool
     */
    public static function is_lintel(string $endpoint): bool {
        $to = self::origin($endpoint);
        foreach (preg_split('/\s+/', (string) get_config('ltisource_lintel', 'tools'), -1, PREG_SPLIT_NO_EMPTY) as $tool) {
            if ($to !== null && $to === self::origin($tool)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Scheme, host and port of an address; null if it is none.
     *
     * @param string $url
     * @return string|null
     */
    private static function origin(string $url): ?string {
        $u = parse_url($url);
        if (!is_array($u) || !isset($u['scheme'], $u['host']) || isset($u['user'])) {
            return null;
        }
        $scheme = strtolower($u['scheme']);
        $port = $u['port'] ?? ['https' => 443, 'http' => 80][$scheme] ?? 0;
        return $port ? $scheme . '://' . strtolower($u['host']) . ':' . $port : null;
    }

    /**
     * The users in whose user context this person holds a chosen role. Deleted and suspended
     * accounts are nobody's child here.
     *
     * @param int $userid
     * @return int[]|null user ids, in order; null while no role is chosen
     */
    public static function children(int $userid): ?array {
        global $DB;

        $roles = array_filter(array_map('intval', explode(',', (string) get_config('ltisource_lintel', 'roles'))));
        if (!$roles) {
            return null;
        }
        [$in, $args] = $DB->get_in_or_equal($roles, SQL_PARAMS_NAMED, 'role');
        $found = $DB->get_fieldset_sql(
            "SELECT DISTINCT u.id
               FROM {role_assignments} ra
               JOIN {context} c ON c.id = ra.contextid AND c.contextlevel = :level
               JOIN {user} u ON u.id = c.instanceid AND u.deleted = 0 AND u.suspended = 0
              WHERE ra.userid = :parent AND u.id <> :self AND ra.roleid $in
           ORDER BY u.id",
            $args + ['level' => CONTEXT_USER, 'parent' => $userid, 'self' => $userid]
        );
        return count($found) > self::CHILDREN_MAX ? [] : array_map('intval', $found);
    }
}
