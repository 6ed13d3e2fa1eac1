#!/bin/bash
# Before the official image's own start: the platform's user in the file realm, with the role of elasticsearch-roles.yml.
set -euo pipefail
cd /usr/share/elasticsearch
if grep -qs '^kezhuan:' config/users; then
  bin/elasticsearch-users passwd kezhuan -p "$KEZHUAN_SEARCH_PASSWORD"
else
  bin/elasticsearch-users useradd kezhuan -p "$KEZHUAN_SEARCH_PASSWORD" -r kezhuan_search
fi
unset KEZHUAN_SEARCH_PASSWORD
exec /usr/local/bin/docker-entrypoint.sh eswrapper
