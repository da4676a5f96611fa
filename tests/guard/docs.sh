#!/usr/bin/env bash
# What the documents name exists: links between them, pictures (small, and used),
# commands of lintel, test files of the threat model.
exec node tests/guard/docs.mjs
