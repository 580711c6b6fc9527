#!/usr/bin/env bash
# Builds a container image from nothing but zinit and what it is to run.
# Usage: image.sh [-b BINARY] [-c DIR] [-f DIR] [-d WORDS]... -t TAG
#   -b  the zinit binary (./zinit)
#   -c  service files for /etc/zinit/services
#   -f  a tree of files to add
#   -d  a line for the Dockerfile, for example 'ENV ZINIT_CONSOLE=raw'
#   -t  the name of the image
set -euo pipefail
binary=zinit services='' files='' tag='' lines=()
while getopts b:c:f:d:t: word; do
	case $word in
	b) binary=$OPTARG ;;
	c) services=$OPTARG ;;
	f) files=$OPTARG ;;
	d) lines+=("$OPTARG") ;;
	t) tag=$OPTARG ;;
	*) exit 2 ;;
	esac
done
[ -n "$tag" ] || { echo "image.sh: -t TAG is missing" >&2; exit 2; }
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

mkdir -p "$context"/root/etc/zinit/services
if [ -n "$files" ]; then cp -a "$files/." "$context/root/"; fi
if [ -n "$services" ]; then cp -aL "$services/." "$context/root/etc/zinit/services/"; fi
install -m 755 "$binary" "$context/root/zinit"
{
	printf 'FROM scratch\nCOPY root /\nENTRYPOINT ["/zinit"]\n'
	[ ${#lines[@]} = 0 ] || printf '%s\n' "${lines[@]}"
} >"$context/Dockerfile"
# The classic builder: the other one is a plug-in that may not be there.
DOCKER_BUILDKIT=0 docker build --quiet --tag "$tag" "$context" 2>/dev/null
