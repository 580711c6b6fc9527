package server

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"zinit/configs"
)

// directory is a directory of service files. Symbolic links are followed; nothing
// in it can block: neither a FIFO nor a lease (open(2), O_NONBLOCK).
type directory string

// Open opens one file for reading.
func (d directory) Open(name string) (fs.File, error) {
	return os.OpenFile(d.path(name), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
}

// Stat follows symbolic links.
func (d directory) Stat(name string) (fs.FileInfo, error) { return os.Stat(d.path(name)) }

// ReadDir lists the directory, sorted by name.
func (d directory) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(d.path(name)) }

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

// load reads the directories. It may take long and belongs to no loop.
func (o options) load() configs.Set {
	all := make([]configs.Dir, len(o.dirs))
	for i, dir := range o.dirs {
		all[i] = configs.Dir{Path: dir, FS: directory(dir), Strict: os.Geteuid() == 0, System: dir == o.system}
	}
	return configs.Load(all)
}
