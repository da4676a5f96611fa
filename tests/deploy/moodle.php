<?php
/*
 * The plugin for Moodle in a very small Moodle: its tables in SQLite, its functions as far as the
 * plugin calls them. What it says was compared with real ones (docs/connect.md).
 */
namespace core\session {
    class manager {
        public static ?int $real = null;
        public static function is_loggedinas(): bool { return self::$real !== null; }
        public static function get_realuser(): object { return (object) ['id' => self::$real]; }
    }
}

namespace {
    define('CONTEXT_USER', 30);
    define('CONTEXT_COURSE', 50);
    define('SQL_PARAMS_NAMED', 2);
    $settings = ['tools' => "https://lintel.example.org\n https://Other.example.org:8443/lti/launch", 'roles' => '9,11'];
    $switched = [];

    function get_config(string $plugin, string $name) { global $settings; return $plugin === 'ltisource_lintel' ? ($settings[$name] ?? false) : false; }
    function isloggedin(): bool { global $USER; return $USER->id > 0; }
    function isguestuser(): bool { global $USER; return $USER->id === 1; }
    function is_role_switched($course): bool { global $switched; return in_array($course, $switched, true); }

    class database {
        private PDO $pdo;
        public function __construct() {
            $this->pdo = new PDO('sqlite::memory:', null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
            $this->pdo->exec('CREATE TABLE mdl_user (id INTEGER, deleted INTEGER, suspended INTEGER);
                CREATE TABLE mdl_context (id INTEGER, contextlevel INTEGER, instanceid INTEGER);
                CREATE TABLE mdl_role_assignments (roleid INTEGER, contextid INTEGER, userid INTEGER)');
        }
        public function add(string $table, int ...$row): void {
            $this->pdo->exec("INSERT INTO mdl_$table VALUES (" . implode(',', $row) . ')');
        }
        public function get_in_or_equal(array $v, int $type, string $prefix): array {
            $args = [];
            foreach (array_values($v) as $i => $x) $args[$prefix . $i] = $x;
            return ['IN (:' . implode(',:', array_keys($args)) . ')', $args];
        }
        public function get_fieldset_sql(string $sql, array $args): array {
            $q = $this->pdo->prepare(preg_replace('/\{(\w+)\}/', 'mdl_$1', $sql));
            $q->execute($args);
            return $q->fetchAll(PDO::FETCH_COLUMN);
        }
    }

    $DB = new database();
    foreach ([2, 3, 5, 6, 7] as $id) $DB->add('user', $id, 0, 0);
    $DB->add('user', 8, 1, 0);      // deleted
    $DB->add('user', 9, 0, 1);      // suspended
    foreach ([2, 3, 5, 6, 7, 8, 9] as $id) $DB->add('context', 100 + $id, CONTEXT_USER, $id);
    $DB->add('context', 200, CONTEXT_COURSE, 5);
    foreach ([[9, 107], [9, 105], [11, 105], [9, 108], [9, 109], [9, 103]] as [$role, $context]) $DB->add('role_assignments', $role, $context, 3);
    $DB->add('role_assignments', 9, 200, 6);        // in a course that has a child's number
    $DB->add('role_assignments', 4, 105, 6);        // another role in a child's context
    for ($i = 0; $i < 41; $i++) {
        $DB->add('user', 1000 + $i, 0, 0);
        $DB->add('context', 2000 + $i, CONTEXT_USER, 1000 + $i);
        $DB->add('role_assignments', 9, 2000 + $i, 2);
    }

    $plugin = $argv[1];
    require("$plugin/lib.php");
    require("$plugin/classes/launch.php");

    $passed = $failed = 0;
    function says(string $name, array $wanted, int $user, string $to = 'https://lintel.example.org/lti/launch', string $roles = 'Learner') {
        global $USER, $COURSE, $passed, $failed;
        $USER = (object) ['id' => $user];
        $COURSE = (object) ['id' => 4];
        $got = ltisource_lintel_before_launch(null, $to, ['roles' => $roles, 'user_id' => $user]);
        $ok = $got === $wanted;
        $ok ? $passed++ : $failed++;
        echo $ok ? 'ok ' : 'not ok ', $name, $ok ? '' : "\n#   " . json_encode($got), "\n";
    }

    $both = 'urn:lti:role:ims/lis/Mentor,urn:lti:instrole:ims/lis/Observer';
    $family = ['role_scope_mentor' => ['5', '7'], 'roles' => "Learner,$both"];
    $none = ['role_scope_mentor' => []];
    says('a parent is a parent of the children of both roles, each once, in order', $family, 3);
    says('a role in a course, and another role, make no parent', $none, 6);
    says('a role given for half a school makes no parent', $none, 2);
    says('a guest says nothing', [], 1);
    says('nobody signed in says nothing', [], 0);
    says('what Moodle said stays', ['role_scope_mentor' => ['5', '7'],
        'roles' => "Instructor,urn:lti:sysrole:ims/lis/Administrator,$both"], 3, 'https://lintel.example.org/', 'Instructor,urn:lti:sysrole:ims/lis/Administrator');
    says('what is said already is not said twice', ['role_scope_mentor' => ['5', '7'], 'roles' => $both], 3,
        'https://lintel.example.org/', $both);
    foreach (['https://other.example.org:8443/x', 'https://LINTEL.example.org:443/lti/launch', 'HTTPS://lintel.example.org'] as $to)
        says("the same origin is Lintel: $to", $family, 3, $to);
    foreach (['http://lintel.example.org/', 'https://lintel.example.org:8443/', 'https://other.example.org/',
        'https://lintel.example.org.evil.example/', 'https://lintel.example.org@evil.example/', 'https://evil.example/?https://lintel.example.org',
        'https://evil.example/#https://lintel.example.org', 'lintel.example.org', 'javascript:alert(1)', ''] as $to)
        says("no other tool is told: $to", [], 3, $to);

    $switched = [4];
    says('under a switched role nothing is added', [], 3);
    $switched = [5];
    says('a role switched in another course does not count', $family, 3);
    $switched = [];
    core\session\manager::$real = 2;
    says('logged in as a parent: the family, and who really looks', ['custom_masquerading_user_id' => '2'] + $family, 3);
    says('logged in as somebody else: who really looks', ['custom_masquerading_user_id' => '2'] + $none, 6);
    says('no other tool is told who looks', [], 3, 'https://evil.example/');
    core\session\manager::$real = null;
    foreach (['roles' => '', 'tools' => ''] as $name => $empty) {
        [$kept, $settings[$name]] = [$settings[$name], $empty];
        says("without the setting of $name nothing is added", [], 3);
        $settings[$name] = $kept;
    }
    $settings['roles'] = '0,abc';
    says('a setting that is no role adds nothing', [], 3);
    echo "# $passed passed, $failed failed\n";
    exit($failed || !$passed ? 1 : 0);
}
