<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * Words, Arabic.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['pluginname'] = 'Lintel: مَن وليُّ أمرِ مَن';
$string['privacy:metadata:children'] = 'معرّفات الأطفال الذين يحمل الشخص أحد الأدوار المختارة في سياق المستخدم الخاص بهم.';
$string['privacy:metadata:lintel'] = 'حين يفتح شخص Lintel، يُخبَر Lintel بمن هو وليّ أمره. لا يُحفظ شيء في Moodle.';
$string['privacy:metadata:realuser'] = 'مَن ينظر حقًا، حين يدخل المسؤول باسم مستخدم آخر.';
$string['privacy:metadata:roles'] = 'أن الشخص وليّ أمر (Mentor وObserver)، إلى جانب الأدوار التي يرسلها Moodle.';
$string['roles'] = 'أدوار أولياء الأمور';
$string['roles_desc'] = 'مَن يحمل أحد هذه الأدوار في سياق المستخدم الخاص بطفل يُعرَّف إلى Lintel وليًّا لأمره، أيًّا كان المقرر الذي يفتحه منه.';
$string['roles_none'] = 'لا دور بعد يمكن منحه في سياق مستخدم. أنشئ دورًا من: المستخدمون > الصلاحيات > تعريف الأدوار، واختر «المستخدم» نوعًا للسياق، ثم عُد إلى هنا.';
$string['tools'] = 'عناوين Lintel';
$string['tools_desc'] = 'عنوان في كل سطر، مثل https://lintel.example.org. لا تُخبَر أي أداة أخرى بشيء.';
