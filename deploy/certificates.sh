#!/bin/bash
# Once, in the official image as root: an authority of our own and the node's certificate. The platform trusts
# authority.crt alone; authority.key stays with root, for further nodes.
set -euo pipefail
cd /usr/share/elasticsearch
if [ ! -f /certificates/node.key ]; then
  made=$(mktemp -d)
  bin/elasticsearch-certutil ca --silent --pem --out "$made/authority.zip"
  unzip -q "$made/authority.zip" -d "$made"
  bin/elasticsearch-certutil cert --silent --pem --name node --dns elasticsearch --dns localhost --ip 127.0.0.1 \
    --ca-cert "$made/ca/ca.crt" --ca-key "$made/ca/ca.key" --out "$made/node.zip"
  unzip -q "$made/node.zip" -d "$made"
  install -m 644 "$made/ca/ca.crt" /certificates/authority.crt
  install -m 600 "$made/ca/ca.key" /certificates/authority.key
  install -m 644 "$made/node/node.crt" /certificates/node.crt
  install -m 640 -o 1000 -g 0 "$made/node/node.key" /certificates/node.key
  rm -r "$made"
fi
