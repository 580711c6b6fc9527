// Package docker is a test of zinit as PID 1 of containers: images FROM scratch with
// the binary, a few services and their files, run by Docker with the flags that
// people use. Images are built by scripts/image.sh; scripts/docker.sh starts a daemon
// where none runs.
//
// It needs docker and dockerd (Debian's docker.io), root, and no network, and for the
// shop of scripts/stack in a container, which scripts/shop.sh builds, the shop's daemons.
package docker
