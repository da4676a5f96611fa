#!/usr/bin/env bash
# Every piece of a page in a real browser: sheet.mjs.
exec node tests/browser/sheet.mjs
