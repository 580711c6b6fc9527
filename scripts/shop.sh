#!/usr/bin/env bash
# Builds a tree of files in which the services of scripts/stack run with real daemons:
# Redis, nginx, PostgreSQL, systemd-notify(1) and logger(1) of Debian, a shell, their
# libraries, all taken from this machine. It takes root, for the files that are another
# user's. If something is not installed it says so, and ends with exit code 3.
# Usage: shop.sh [-c] -o DIR
#   -c  with a database that is made already: else the first start makes it
#   -o  the tree; it may be there already
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
cluster='' out=''
while getopts co: word; do
	case $word in
	c) cluster=yes ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
[ -n "$out" ] || { echo "shop.sh: -o DIR is missing" >&2; exit 2; }
home=/srv/shop
files=$(dirname "$0")/stack/testdata

# lacks says what is not here that it takes.
lacks() { echo "shop.sh: $1" >&2; exit 3; }
[ "$(id -u)" = 0 ] || lacks "it takes root"
postgres=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1) || lacks "postgres is not installed (postgresql)"
postgres=$(dirname "$postgres")
version=$(basename "$(dirname "$postgres")")

programs=("$postgres"/{postgres,initdb,pg_isready,psql} "$postgres"/../lib/{plpgsql,dict_snowball}.so)
for name in sh cat mv rm sleep redis-server redis-cli nginx systemd-notify logger; do
	programs+=("$(command -v $name)") || lacks "$name is not installed"
done

# libraries names what programs are linked with.
libraries() { ldd "$@" | awk '$2 == "=>" { print $3 } NF == 2 && /^\t\// { print $1 }' | sort -u; }

mkdir -p "$out"/{bin,dev,proc,sys,run,tmp,var,usr/share/zoneinfo,etc/zinit/services} "$out$home"/{data,run,www}
chmod 1777 "$out"/tmp "$out$home/run"
cp -L --parents "${programs[@]}" $(libraries "${programs[@]}") "$out"
share=/usr/share/postgresql/$version
mkdir -p "$out$share"
cp -a "$share"/{*.*,catalog_version,extension,timezonesets,tsearch_data} "$out$share"
[ -e "$out/bin/sh" ] || ln -s ../usr/bin/sh "$out/bin/sh"
getent passwd root postgres www-data nobody >"$out/etc/passwd"
getent group root postgres www-data nogroup >"$out/etc/group"

for file in "$files"/{shop,messages}/*; do
	case $file in
	*/apart.sh) continue ;; # for those who share a machine's /dev
	*.toml) to=$out/etc/zinit/services ;;
	*) to=$out$home ;;
	esac
	to=$to/$(basename "$file")
	sed "s,PG/,$postgres/,g; s,DIR,$home,g; s,PORT,8080,g; s,CACHE,6379,g" "$file" >"$to"
	case $file in *.sh) chmod 755 "$to" ;; esac
done

if [ -n "$cluster" ]; then
	# Made elsewhere: the way to the tree may be closed to postgres. The tree has no time zones.
	made=$(mktemp -d)
	trap 'rm -rf "$made"' EXIT
	chown postgres:postgres "$made"
	TZ=GMT setpriv --reuid postgres --regid postgres --clear-groups \
		"$postgres/initdb" -N -A trust -U postgres --no-locale -E UTF8 -D "$made" >/dev/null
	cp -a "$made/." "$out$home/data"
fi
chown postgres:postgres "$out$home/data"
chmod 700 "$out$home/data"
