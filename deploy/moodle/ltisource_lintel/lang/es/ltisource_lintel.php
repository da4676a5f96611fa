<?php
// This file is part of Lintel's plugin for Moodle - https://moodle.org/
//
// It is free software: you can redistribute it and/or modify it under the terms of the
// GNU General Public License as published by the Free Software Foundation, either version 3
// of the License, or (at your option) any later version. It comes WITHOUT ANY WARRANTY; see
// the file LICENSE beside it.


/**
 * Words, Spanish.
 *
 * @package    ltisource_lintel
 * @copyright  2026 the Lintel authors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['pluginname'] = 'Lintel: quién es madre o padre de quién';
$string['privacy:metadata:children'] = 'Los identificadores de las niñas y los niños en cuyo contexto de usuario la persona tiene uno de los roles elegidos.';
$string['privacy:metadata:lintel'] = 'Cuando alguien abre Lintel, se le dice de quién es madre o padre. En Moodle no se guarda nada.';
$string['privacy:metadata:realuser'] = 'Quién mira de verdad, cuando la administración ha entrado como otra persona.';
$string['privacy:metadata:roles'] = 'Que la persona es madre o padre (Mentor, Observer), junto a los roles que envía Moodle.';
$string['roles'] = 'Roles de las familias';
$string['roles_desc'] = 'Quien tiene uno de estos roles en el contexto de usuario de una niña o un niño se presenta a Lintel como su madre o padre, abra el curso que abra.';
$string['roles_none'] = 'Todavía no hay ningún rol que se pueda dar en el contexto de un usuario. Cree uno en Usuarios > Permisos > Definir roles, marque «Usuario» como tipo de contexto y vuelva aquí.';
$string['tools'] = 'Direcciones de Lintel';
$string['tools_desc'] = 'Una por línea, por ejemplo https://lintel.example.org. A ninguna otra herramienta se le dice nada.';
