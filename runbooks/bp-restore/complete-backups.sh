#!/bin/sh
# complete-backups.sh POD gs://BUCKET/PATH/CHAIN: heights of the backups there that have their backup.json, lowest first.
. "$(dirname "$0")/../bp-switch/kube.sh"
in_pod "$1" gsutil ls "$2/" | sed -n 's#.*/\([0-9][0-9]*\)/$#\1#p' | sort -n | while read -r height; do
  if in_pod "$1" gsutil -q stat "$2/$height/backup.json" </dev/null 2>/dev/null; then echo "$height"; fi
done
