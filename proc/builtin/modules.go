package builtin

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// modules loads the modules of modules-load.d(5), a name a line, with parameters
// behind it as in /etc/modules.
func (t *task) modules() {
	lines := t.dropIns("modules-load.d")
	if len(lines) == 0 {
		return
	}
	kernel, err := t.readKernel()
	if err != nil {
		t.fail("%v", err)
		return
	}
	for _, l := range lines {
		name, parameters, _ := strings.Cut(l.text, " ")
		if err := kernel.load(name, strings.TrimSpace(parameters)); err != nil {
			t.fail("%s: cannot load module %s: %v", l, name, err)
		}
	}
}

// kernel is what the running kernel has for modules, as depmod(8) left it.
type kernel struct {
	dir     string              // /lib/modules/RELEASE
	files   map[string]string   // by name: path below dir
	needs   map[string][]string // by name: paths of what it needs, the nearest first
	builtin map[string]bool
}

func (t *task) readKernel() (kernel, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return kernel{}, fmt.Errorf("cannot tell the kernel's release: %w", err)
	}
	k := kernel{
		dir:     t.root + "/lib/modules/" + unix.ByteSliceToString(u.Release[:]),
		files:   map[string]string{},
		needs:   map[string][]string{},
		builtin: map[string]bool{},
	}
	text, err := os.ReadFile(k.dir + "/modules.dep")
	if err != nil {
		return k, fmt.Errorf("cannot load modules: cannot read %s: %w (depmod makes it)", k.dir+"/modules.dep", cause(err))
	}
	for l := range strings.Lines(string(text)) {
		file, needs, _ := strings.Cut(strings.TrimSpace(l), ":")
		k.files[moduleName(file)] = file
		k.needs[moduleName(file)] = strings.Fields(needs)
	}
	text, _ = os.ReadFile(k.dir + "/modules.builtin")
	for l := range strings.Lines(string(text)) {
		k.builtin[moduleName(strings.TrimSpace(l))] = true
	}
	return k, nil
}

// moduleName is the name of a module's file, or what a person calls it: the kernel
// knows no dashes.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// load loads a module, and before it what it needs. One that is there is no error.
func (k kernel) load(name, parameters string) error {
	name = moduleName(name)
	if k.builtin[name] {
		return nil
	}
	file, ok := k.files[name]
	if !ok {
		return fmt.Errorf("there is none in %s", k.dir)
	}
	for i := len(k.needs[name]) - 1; i >= 0; i-- {
		if err := insert(path.Join(k.dir, k.needs[name][i]), ""); err != nil {
			return fmt.Errorf("it needs %s: %w", moduleName(k.needs[name][i]), err)
		}
	}
	return insert(path.Join(k.dir, file), parameters)
}

// insert gives one file to the kernel: finit_module(2). The kernel unpacks it itself
// (Linux 5.17, where built so).
func insert(file, parameters string) error {
	const compressed = 4 // MODULE_INIT_COMPRESSED_FILE
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", file, err)
	}
	defer unix.Close(fd)
	flags := 0
	if !strings.HasSuffix(file, ".ko") {
		flags = compressed
	}
	err = unix.FinitModule(fd, parameters, flags)
	switch {
	case err == unix.EEXIST:
		return nil
	case flags != 0 && (err == unix.EINVAL || err == unix.EOPNOTSUPP):
		return errors.New("this kernel cannot unpack " + path.Base(file))
	}
	return err
}
