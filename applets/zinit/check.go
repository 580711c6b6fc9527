package zinit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zinit/applets/cause"
	"zinit/configs"
	"zinit/rpc"
)

// defaultConfigDir is where the server reads its service files.
const defaultConfigDir = "/etc/zinit/services"

func (s *session) checkCommand() *command {
	return &command{
		name:      "check",
		usage:     "check service files; no server is needed",
		arguments: "[DIR|FILE…]",
		description: "Without arguments: $ZINIT_CONFIG_DIR, or " + defaultConfigDir + ". What is named is checked\n" +
			"together: names given twice and cycles are found. Any error makes the exit code 2.",
		options: []*option{jsonFlag()},
		run:     s.check,
	}
}

// checked is what check --json prints.
type checked struct {
	Services []string          `json:"services"` // the names of the good ones
	Errors   []rpc.ConfigError `json:"errors"`
	Warnings []rpc.ConfigError `json:"warnings"`
}

func (s *session) check(c *commandLine) error {
	paths := c.names
	if len(paths) == 0 {
		paths = s.configDirs()
	}
	set := s.load(paths)
	result := checked{[]string{}, configErrors(set.Problems), configErrors(set.Warnings)}
	for _, sv := range set.Services {
		result.Services = append(result.Services, sv.Name)
	}
	if c.is("json") {
		if err := s.showJSON(result); err != nil {
			return err
		}
	} else if len(result.Errors) == 0 {
		fmt.Fprintf(s.out, "%s, no errors\n", count(len(result.Services), "service"))
	}
	for _, p := range result.Warnings {
		s.warn("warning: "+problemLine(p), "")
	}
	for _, p := range result.Errors {
		s.warn(problemLine(p), "")
	}
	if len(result.Errors) > 0 {
		return told(exitUsage)
	}
	return nil
}

// configDirs are the directories that a server would read here.
func (s *session) configDirs() []string {
	if dirs := filepath.SplitList(s.env("ZINIT_CONFIG_DIR")); len(dirs) > 0 {
		return dirs
	}
	return []string{defaultConfigDir}
}

// load reads directories and single files as one configuration. A path that was
// named has to be there.
func (s *session) load(paths []string) configs.Set {
	var dirs []configs.Dir
	var missing []configs.Problem
	whole := true
	for _, path := range paths {
		dir, err := s.dirOf(path)
		if err != nil {
			missing = append(missing, configs.Problem{File: path, Message: "cannot read it: " + cause.Of(err).Error()})
			continue
		}
		_, single := dir.FS.(oneFile)
		whole = whole && !single
		dirs = append(dirs, dir)
	}
	set := configs.Load(dirs)
	set.Problems = append(missing, set.Problems...)
	if !whole {
		set.Warnings = nil // the names they miss may be in files that were not named
	}
	return set
}

// dirOf makes a directory to be loaded of a path: of a file, one that holds
// nothing else.
func (s *session) dirOf(path string) (configs.Dir, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return configs.Dir{}, err
	}
	if stat.IsDir() {
		return configs.Dir{Path: path, FS: os.DirFS(path), Strict: s.uid == 0}, nil
	}
	dir, base := filepath.Split(filepath.Clean(path))
	switch {
	case !stat.Mode().IsRegular():
		return configs.Dir{}, errors.New("it is neither a regular file nor a directory")
	case !strings.HasSuffix(base, ".toml") || base[0] == '.' || base[0] == '#':
		return configs.Dir{}, errors.New("its name is none of a service file, NAME.toml: the server would skip it")
	}
	at := filepath.Clean(dir + ".")
	return configs.Dir{Path: at, FS: oneFile{os.DirFS(at), base}}, nil
}

// oneFile is a directory of which only one file is seen.
type oneFile struct {
	fs.FS
	base string
}

// ReadDir gives the one file, as [fs.ReadDirFS] asks.
func (o oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	stat, err := fs.Stat(o.FS, o.base)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(stat)}, nil
}

func configErrors(problems []configs.Problem) []rpc.ConfigError {
	found := make([]rpc.ConfigError, 0, len(problems))
	for _, p := range problems {
		found = append(found, rpc.ConfigError{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message})
	}
	return found
}

// count says a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
