#!/usr/bin/env bash
# Installs the Debian packages that give the commands named, where that may be
# done: as root, with apt-get. Usage: install.sh COMMAND=PACKAGE...
# The word libc stands for the C library's headers. Daemons that a package would
# start by itself stay down. Prints what is still missing, one a line.
set -u
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export DEBIAN_FRONTEND=noninteractive

have() {
	case $1 in
	libc) [ -e /usr/include/stdlib.h ] ;;
	kernel) compgen -G '/boot/vmlinuz-*-cloud-amd64' >/dev/null ;;
	postgres) compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# quiet keeps invoke-rc.d from starting anything (policy 101: forbidden) while
# it runs a command, and leaves a policy that is there already alone.
quiet() {
	local policy=/usr/sbin/policy-rc.d made=
	if [ ! -e $policy ]; then
		made=yes
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	"$@" >&2
	[ -z "$made" ] || rm -f $policy
}

packages=()
for pair; do
	have "${pair%%=*}" || packages+=("${pair#*=}")
done
if [ ${#packages[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get -qq update >&2
	quiet apt-get -qq install -y --no-install-recommends "${packages[@]}" </dev/null
fi
for pair; do
	have "${pair%%=*}" || echo "${pair%%=*}"
done
