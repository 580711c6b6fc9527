package configs

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text  string
		words string // parted by |; "sh" where a shell has to do it
	}{
		{"/usr/bin/web --port 80", "/usr/bin/web|--port|80"},
		{"  a \t b  ", "a|b"},
		{"a\n", "a"},
		{"\n\na b\n\n", "a|b"},
		{`a 'b c' "d e"`, "a|b c|d e"},
		{`a b'c'"d"e`, "a|bcde"},
		{`a '' ""`, "a||"},
		{`a \  b`, "a| |b"},
		{`a \$HOME '$HOME' \*`, "a|$HOME|$HOME|*"},
		{`a "\$x" "\n" "\\" "\""`, `a|$x|\n|\|"`},
		{"a \\\n b", "a|b"},
		{"a \"b\\\nc\"", "a|bc"},
		{`a "it's; a trap & <so>"`, "a|it's; a trap & <so>"},
		{`a b=c --x=y [::1]:80 {a,b} a#b 50% @ !`, "a|b=c|--x=y|[::1]:80|{a,b}|a#b|50%|@|!"},
		{`'A=1' b`, "A=1|b"},
		{`1A=1 b`, "1A=1|b"},
		{`/a=b c`, "/a=b|c"},
		{`\exec a`, "exec|a"},
		{"a 'b\nc'", "a|b\nc"},
		{"größe ☃", "größe|☃"},
		{"a $HOME", "sh"},
		{`a "$HOME"`, "sh"},
		{"a `b`", "sh"},
		{"a \"`b`\"", "sh"},
		{"a | b", "sh"}, {"a & b", "sh"}, {"a; b", "sh"}, {"a > b", "sh"}, {"a < b", "sh"}, {"(a)", "sh"},
		{"a *", "sh"}, {"a b?", "sh"}, {"~/a", "sh"},
		{"a\nb", "sh"},
		{"A=1 b", "sh"}, {"_a1=1", "sh"},
		{"exec a", "sh"}, {"cd /x", "sh"}, {"! a", "sh"}, {"exit 3", "sh"}, {": x", "sh"},
		{"a # don't", "sh"},
		{"# x\na", "sh"},
		{"cat <<E\ndon't\nE\n", "sh"},
		{`echo "$(echo "a' b")"`, "sh"},
	} {
		got, err := split(c.text)
		want := Command{Argv: strings.Split(c.words, "|"), Text: c.text}
		if c.words == "sh" {
			want = Command{Argv: []string{c.text}, Shell: true, Text: c.text}
		}
		if err != nil || got.Shell != want.Shell || got.Text != want.Text || !slices.Equal(got.Argv, want.Argv) {
			t.Errorf("%q: got %q shell %v (%v), want %s", c.text, got.Argv, got.Shell, err, c.words)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, c := range []struct {
		text, message string
		at            int
	}{
		{"", "no command", 0},
		{" \n\t", "no command", 0},
		{"# a", "no command", 0},
		{"'' a", "is empty", 0},
		{"a 'b", "quote ' is never closed", 2},
		{`a "b`, `quote " is never closed`, 2},
		{`a "b\"`, `quote " is never closed`, 2},
		{`a $HOME "b`, `quote " is never closed`, 8},
		{`a \`, "last backslash", 2},
	} {
		_, err := split(c.text)
		if err == nil || !strings.Contains(err.Message, c.message) || err.At != c.at {
			t.Errorf("%q: got %+v, want %q at %d", c.text, err, c.message, c.at)
		}
	}
}

// asShell is what /bin/sh makes of a text: its words, one behind each NUL.
func asShell(t *testing.T, text string) (string, bool) {
	t.Helper()
	out, err := exec.Command("/bin/sh", "-c", `printf '%s\0' `+text).Output()
	return string(out), err == nil
}

// agreesWithShell compares a text without anything for a shell with what a shell
// makes of it.
func agreesWithShell(t *testing.T, text string) {
	t.Helper()
	c, bad := split(text)
	if c.Shell {
		return
	}
	want, ok := asShell(t, text)
	var got bytes.Buffer
	for _, w := range c.Argv {
		got.WriteString(w + "\x00")
	}
	if bad != nil && strings.Contains(bad.Message, "never closed") && !ok {
		return
	}
	if bad == nil && ok && got.String() == want {
		return
	}
	if bad != nil && !strings.Contains(bad.Message, "never closed") {
		return // a shell takes no command, an empty one, and a last backslash
	}
	t.Errorf("%q: split gives %q (%v), sh gives %q (%v)", text, got.String(), bad, want, ok)
}

func TestSplitsLikeAShell(t *testing.T) {
	pieces := []string{"a", "b ", " ", "\t", "'", "'", `"`, `"`, `\`, `\\`, "=", "#", "-x", "x;y", "é", "\\\n", "{", "!", "$", "["}
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		text := "a "
		for range r.IntN(9) {
			text += pieces[r.IntN(len(pieces))]
		}
		agreesWithShell(t, text)
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a b", `a 'b c' "d\"e" \  f`, "a $(b 'c", "a\\\n\"b\\\nc\"", "A=1 b # c'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, bad := split(text)
		switch {
		case bad != nil:
			if bad.At < 0 || bad.At > len(text) || bad.Message == "" {
				t.Errorf("%q: bad error %+v", text, bad)
			}
		case c.Text != text || len(c.Argv) == 0 || c.Shell && c.Argv[0] != text:
			t.Errorf("%q: %+v", text, c)
		case !c.Shell && strings.ContainsAny(text, shellOnly) && !strings.ContainsAny(text, `'"\`):
			t.Errorf("%q runs without a shell", text)
		}
	})
}
