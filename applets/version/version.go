// Package version says which zinit this is. It reads only what the build left in
// the binary, and everybody may import it.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Number is the released version. The linker sets it
// (-ldflags "-X zinit/applets/version.Number=1.2.3"); nothing else may.
var Number = "dev"

// Line is what `zinit --version` prints: version, commit and Go version. The
// commit is "unknown" in a binary that was built outside a repository.
func Line() string {
	return fmt.Sprintf("zinit %s, commit %s, %s", Number, commit(debug.ReadBuildInfo()), runtime.Version())
}

// commit gives the first twelve digits of the revision that was built, and says
// when the tree held more than that revision.
func commit(build *debug.BuildInfo, ok bool) string {
	if !ok {
		return "unknown"
	}
	revision, dirty := "unknown", ""
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision" && s.Value != "":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " (modified)"
		}
	}
	return revision + dirty
}
