#!/usr/bin/env bash
# The same pages, and the same race of 64 clients, on PostgreSQL.
exec tests/store/with-pg.sh node tests/http/conference.mjs
