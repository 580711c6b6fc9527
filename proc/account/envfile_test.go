package account

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestParseEnv(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]string
	}{
		"empty":             {"", map[string]string{}},
		"plain":             {"A=1\nB_2=two words\n", map[string]string{"A": "1", "B_2": "two words"}},
		"no newline":        {"A=1", map[string]string{"A": "1"}},
		"no value":          {"A=\nB=2", map[string]string{"A": "", "B": "2"}},
		"comments":          {"# A=0\n\n \t; B=0\nA=1 # no comment\n", map[string]string{"A": "1 # no comment"}},
		"spaces":            {"  A =  1 2 \t\n", map[string]string{"A": "1 2"}},
		"DOS":               {"\ufeffA=1\r\nB=2\r\n", map[string]string{"A": "1", "B": "2"}},
		"last wins":         {"A=1\nA=2\n", map[string]string{"A": "2"}},
		"equals":            {"URL=http://h/?a=b\n", map[string]string{"URL": "http://h/?a=b"}},
		"not expanded":      {"A=$HOME `x` %h ~\n", map[string]string{"A": "$HOME `x` %h ~"}},
		"single quotes":     {"A='a \"b\" \\n $x '\n", map[string]string{"A": `a "b" \n $x `}},
		"double quotes":     {`A=" a \"b\" \\ \$x \n "`, map[string]string{"A": ` a "b" \ $x \n `}},
		"several lines":     {"A='1\n2'\nB=\"1\n2\"\n", map[string]string{"A": "1\n2", "B": "1\n2"}},
		"joined":            {`A="a"'b' "c"` + "\n", map[string]string{"A": "abc"}},
		"behind quotes":     {"A='a' \nB='b' c \n", map[string]string{"A": "a", "B": "bc"}},
		"quotes inside":     {"A=-Dx=\"a b\"\nB=it's\n", map[string]string{"A": `-Dx="a b"`, "B": "it's"}},
		"backslashes":       {`A=a\ b\\c\"` + "\nB=x\\  \n", map[string]string{"A": `a b\c"`, "B": "x "}},
		"continued":         {"A=one\\\ntwo\nB=\"1\\\n2\"\n", map[string]string{"A": "onetwo", "B": "12"}},
		"a backslash alone": {`A=x\`, map[string]string{"A": `x\`}},
	} {
		t.Run(name, func(t *testing.T) {
			got, line, err := parseEnv(c.text)
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("got %q (line %d: %v), want %q", got, line, err, c.want)
			}
		})
	}
}

func TestBadEnvFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "env")
	for name, c := range map[string]struct{ text, want string }{
		"no equals":    {"A=1\nB\nC=3\n", path + ":2: the line is no KEY=VALUE"},
		"at the end":   {"# x\nA", path + ":2: the line is no KEY=VALUE"},
		"a secret":     {strings.Repeat("k/", keyMax) + "==\n", path + ":1: the line is no KEY=VALUE"},
		"export":       {"export A=1\n", path + ":1: this is no shell script: write A=… without export"},
		"no key":       {"=1\n", path + ":1: there is no key before ="},
		"a digit":      {"1A=1\n", path + ":1: 1A must be letters, digits and _"},
		"a dash":       {"\n\nMY-KEY=1\n", path + ":3: MY-KEY must be letters"},
		"open quote":   {"A=1\nB='x\ny\n", path + ":2: the quote ' is not closed"},
		"open double":  {"A=\"x\\\"\n", path + ":1: the quote \" is not closed"},
		"zero":         {"A=a\x00b\n", path + ":1: a value holds a zero byte"},
		"quoted zero":  {"A='\x00'\n", path + ":1: a value holds a zero byte"},
		"zero key":     {"A\x00=1\n", path + ":1: "},
		"after quotes": {"A='1\n2'\nB\n", path + ":3: the line is no KEY=VALUE"},
		"too large":    {strings.Repeat("#", envFileMax+1), "it has 1048577 bytes, and at most 1048576 are read"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadEnvFile(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		pipe: "it is no regular file", dir: "it is no regular file", dir + "/gone": "cannot read env_file " + dir + "/gone: no such file or directory",
	} {
		if _, err := ReadEnvFile(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if env, err := ReadEnvFile(""); env != nil || err != nil {
		t.Errorf("no file is %v, %v", env, err)
	}
}
