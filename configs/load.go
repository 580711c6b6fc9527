package configs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Dir is a directory of service files.
type Dir struct {
	Path   string // for messages and origins
	FS     fs.FS  // its content; symbolic links must be followed, as os.DirFS does
	System bool   // all services in it are of class system
	Strict bool   // refuse what anybody may write: set it where zinit runs as root
}

// othersWrite is the permission o+w, chmod(2).
const othersWrite fs.FileMode = 0o002

// Load reads all service files of directories, in their order, checks each alone
// and then all together. Bad files are in Problems and take nobody with them. A
// directory that can't be read is in Unread; unless it is merely missing it is in
// Problems too, without a name.
func Load(dirs []Dir) Set {
	l := loader{byName: map[string]*loaded{}}
	for _, d := range dirs {
		l.dir(d)
	}
	l.refuseCycles()
	l.warn()
	for _, one := range l.byName {
		if !one.refused {
			l.set.Services = append(l.set.Services, one.Service)
		}
	}
	slices.SortFunc(l.set.Services, func(a, b *Service) int { return cmp.Compare(a.Name, b.Name) })
	sortProblems(l.set.Problems)
	sortProblems(l.set.Warnings)
	return l.set
}

// loader is a [Load] under way.
type loader struct {
	set    Set
	byName map[string]*loaded
}

// loaded is a good file.
type loaded struct {
	*Service
	source  source
	doc     *table
	refused bool
}

// dir reads the files of one directory.
func (l *loader) dir(d Dir) {
	entries, err := d.entries()
	if err != nil {
		p := Problem{File: d.Path, Message: fmt.Sprintf("cannot read the directory: %v", cause(err))}
		l.set.Unread = append(l.set.Unread, p)
		if !errors.Is(err, fs.ErrNotExist) {
			l.set.Problems = append(l.set.Problems, p)
		}
		return
	}
	for _, e := range entries {
		if !isServiceFile(e.Name()) {
			continue
		}
		file := path.Join(d.Path, e.Name())
		text, err := d.read(e)
		switch {
		case errors.Is(err, errSkip):
		case err != nil:
			l.set.Problems = append(l.set.Problems, Problem{Service: baseName(file), File: file, Message: cause(err).Error()})
		default:
			l.file(d, file, text)
		}
	}
}

// entries lists a directory, unless it is one that must not be trusted.
func (d Dir) entries() ([]fs.DirEntry, error) {
	if d.Strict {
		about, err := fs.Stat(d.FS, ".")
		if err != nil {
			return nil, err
		}
		if about.Mode()&othersWrite != 0 {
			return nil, fmt.Errorf("anybody may write it (mode %04o) and zinit runs as root: chmod o-w %s", about.Mode().Perm(), d.Path)
		}
	}
	return fs.ReadDir(d.FS, ".")
}

// isServiceFile says whether a name is one that people give to service files, and
// not hidden or left by an editor.
func isServiceFile(name string) bool {
	return strings.HasSuffix(name, ".toml") && name[0] != '.' && name[0] != '#'
}

// errSkip is returned for what is no regular file.
var errSkip = errors.New("not a regular file")

// read gives the text of a file. Nothing but a regular file is ever opened: a FIFO
// or a device could block for good.
func (d Dir) read(e fs.DirEntry) ([]byte, error) {
	if e.Type() == fs.ModeSymlink {
		about, err := fs.Stat(d.FS, e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("the symbolic link leads nowhere: repair or remove it")
		}
		if err != nil {
			return nil, fmt.Errorf("cannot follow the symbolic link: %w", cause(err))
		}
		if !about.Mode().IsRegular() {
			return nil, errSkip
		}
	} else if !e.Type().IsRegular() {
		return nil, errSkip
	}
	f, err := d.FS.Open(e.Name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errSkip // removed since the directory was listed
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the file: %w", cause(err))
	}
	defer f.Close()
	return d.text(f)
}

// text reads an open file, one byte beyond what is allowed at most.
func (d Dir) text(f fs.File) ([]byte, error) {
	about, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the file: %w", cause(err))
	case !about.Mode().IsRegular():
		return nil, errSkip
	case d.Strict && about.Mode()&othersWrite != 0:
		return nil, fmt.Errorf("anybody may write the file (mode %04o) and zinit runs as root: chmod o-w it", about.Mode().Perm())
	}
	text := make([]byte, min(about.Size(), maxFile)+1)
	n, err := io.ReadFull(f, text)
	if err == nil && n <= maxFile { // it has grown
		return nil, errors.New("the file changes while it is read: reload when it is complete")
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("cannot read the file: %w", cause(err))
	}
	return text[:n:n], nil
}

// cause is what an error says without the path, which stands before it already.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// file parses one file and enters its service, unless the name is taken.
func (l *loader) file(d Dir, file string, text []byte) {
	one := &loaded{source: source{file: file, service: baseName(file), text: text}}
	one.Service, one.doc = one.source.parse()
	if one.Service == nil {
		l.set.Problems = append(l.set.Problems, one.source.problems...)
		return
	}
	if d.System {
		one.Class = ClassSystem
	}
	if first := l.byName[one.Name]; first != nil {
		l.set.Problems = append(l.set.Problems, one.source.problem(one.place("name"),
			"the name %s is taken by %s: a name belongs to one file", quote(one.Name), first.Origin))
		return
	}
	l.byName[one.Name] = one
}

// place is where a key of [service] or [target] is, or else its table.
func (one *loaded) place(name string) int {
	for _, in := range []string{"service", "target"} {
		if e := written(one.doc, in, name); e != nil {
			return e.value.at
		}
		if e := one.doc.find(in); e != nil {
			return e.at
		}
	}
	return nowhere
}
