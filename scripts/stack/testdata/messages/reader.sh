#!/bin/sh
# Says with systemd-notify(1) how far it is. It is no root, so each of its messages comes
# from a process that may be gone when it is read.
systemd-notify --status="reading the catalogue"
until [ -e DIR/read ]; do sleep 0.05; done
systemd-notify --ready --status="serving 3 clients"
until [ -e DIR/again ]; do sleep 0.05; done
systemd-notify RELOADING=1
until [ -e DIR/done ]; do sleep 0.05; done
systemd-notify --ready
exec sleep 1000
