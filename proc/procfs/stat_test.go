package procfs

import (
	"os"
	"testing"
)

func TestParse(t *testing.T) {
	tail := " S 10 20 30 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 999 1000"
	for name, c := range map[string]struct {
		line string
		want Stat
		bad  bool
	}{
		"plain":       {line: "4 (web)" + tail, want: Stat{4, 10, 20, 30, "web", 'S', 999}},
		"parentheses": {line: "4 (a) R 1 (b))" + tail, want: Stat{4, 10, 20, 30, "a) R 1 (b)", 'S', 999}},
		"newline":     {line: "4 (a\nb)" + tail + "\n", want: Stat{4, 10, 20, 30, "a\nb", 'S', 999}},
		"no more":     {line: "4 (sh) Z 1 4 4 0 -1 4194316 88 0 0 0 0 0 0 0 20 0 1 0 777", want: Stat{4, 1, 4, 4, "sh", 'Z', 777}},
		"no start":    {line: "4 (sh) Z 1 4 4 0 -1 4194316 88 0 0 0 0 0 0 0 20 0 1 0", bad: true},
		"short":       {line: "4 (web) S 1 2 3", bad: true},
		"empty":       {bad: true},
		"words":       {line: "4 (web) S x 20 30" + tail, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse([]byte(c.line))
			if (err != nil) != c.bad || !c.bad && got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAlive(t *testing.T) {
	s, err := Identify(os.Getpid())
	if err != nil || s.Pid != os.Getpid() || s.Ppid != os.Getppid() || s.Ticks == 0 {
		t.Fatalf("own stat: %+v, %v", s, err)
	}
	if !Alive(os.Getpid(), s.Ticks) || Alive(os.Getpid(), s.Ticks+1) || Alive(1<<22, s.Ticks) {
		t.Error("it confuses the living")
	}
}
