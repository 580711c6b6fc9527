package stack

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// furnish puts everything into the house but the services' own data.
func (h *house) furnish() {
	for _, d := range []string{"services", "run", "www", "data"} {
		h.must(os.Mkdir(h.path(d), 0o755))
	}
	h.must(os.Chmod(h.path("run"), 0o777|os.ModeSticky))
	owner, err := user.Lookup("postgres")
	h.must(err)
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	h.must(os.Chown(h.path("data"), uid, gid))
	h.copies("shop")
}

// copies puts a folder of testdata into the house, service files where the server looks
// for them.
func (h *house) copies(folder string) {
	h.t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", folder))
	h.must(err)
	for _, e := range entries {
		name, mode := e.Name(), os.FileMode(0o644)
		switch filepath.Ext(name) {
		case ".toml":
			name = "services/" + name
		case ".sh":
			mode = 0o755
		case ".env":
			mode = 0o600
		}
		h.write(name, mode, h.text(folder+"/"+e.Name()))
	}
}

// text is a file of testdata, its blanks not filled in.
func (h *house) text(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	h.must(err)
	return string(text)
}

// write fills in the house's own paths and writes a file.
func (h *house) write(name string, mode os.FileMode, text string) {
	h.t.Helper()
	text = strings.NewReplacer("DIR", h.dir, "PG/", h.postgres+"/", "PORT", strconv.Itoa(h.port), "CACHE", strconv.Itoa(h.cache)).Replace(text)
	h.must(os.WriteFile(h.path(name), []byte(text), mode))
}
