package version

import (
	"regexp"
	"runtime/debug"
	"testing"
)

func TestLine(t *testing.T) {
	want := regexp.MustCompile(`^zinit dev, commit (unknown|[0-9a-f]{12})( \(modified\))?, (go1|devel)`)
	if got := Line(); !want.MatchString(got) {
		t.Errorf("got %q, want a match of %v", got, want)
	}
}

func TestCommit(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	modified := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	tests := []struct {
		name     string
		settings []debug.BuildSetting
		none     bool
		want     string
	}{
		{name: "no build information", none: true, want: "unknown"},
		{name: "no repository", want: "unknown"},
		{name: "clean", settings: []debug.BuildSetting{revision}, want: "0123456789ab"},
		{name: "modified", settings: []debug.BuildSetting{revision, modified}, want: "0123456789ab (modified)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := commit(&debug.BuildInfo{Settings: test.settings}, !test.none); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
