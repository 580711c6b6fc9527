package boot

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestConsoleThatNobodyReads fills a pipe and more. Print must come back each
// time, or the test never ends, and what was lost must be owned up to.
func TestConsoleThatNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	c := NewConsole(int(w.Fd()))
	const given = 3000
	for i := range given {
		c.Print(fmt.Sprintf("%d %s\n", i, strings.Repeat("x", 1000)))
	}
	c.Flush(time.Millisecond) // gives up

	seen, lost := 0, 0
	lines := bufio.NewScanner(r)
	for seen+lost < given && lines.Scan() {
		if n := 0; strings.HasPrefix(lines.Text(), "zinit-pid1: ") {
			if _, err := fmt.Sscanf(lines.Text(), "zinit-pid1: %d lines lost", &n); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			lost += n
			continue
		}
		seen++
	}
	if lost == 0 || seen+lost != given {
		t.Errorf("%d lines seen and %d lost, want %d in all", seen, lost, given)
	}
}

func TestConsoleThatIsBroken(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	c := NewConsole(int(w.Fd()))
	c.Print("nobody hears this\n")
	c.Flush(time.Minute) // comes back as soon as the line is given up
}
