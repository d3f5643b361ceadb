#!/bin/sh
# The one test command: sh testing/run.sh [stage …] [path …]; without arguments everything that proves this server.
set -eu

clone=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$clone"
if ! [ -d node_modules ]; then
  echo "testing: run 'npm ci' first" >&2
  exit 2
fi
exec bin/runtime testing/run.ts "$@"
