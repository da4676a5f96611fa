#!/usr/bin/env bash
# Colours, contrast and the rules of the style sheet: contrast.mjs.
exec node tests/guard/contrast.mjs
