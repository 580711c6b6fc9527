package probe

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadNotice(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ready", "READY=1", "ready"},
		{"all", "READY=1\nSTATUS=serving\nMAINPID=42\nWATCHDOG=1\n", `ready alive "serving" 42`},
		{"reloading", "RELOADING=1\nMONOTONIC_USEC=12", "reloading"},
		{"stopping", "STOPPING=1\nEXTEND_TIMEOUT_USEC=2500000", "stopping 2.5s"},
		{"stuck", "WATCHDOG=trigger", "stuck"},
		{"not yet", "READY=0\nWATCHDOG=0\nWATCHDOG", ""},
		{"empty status", "STATUS=", `""`},
		{"status with control characters", "STATUS=\x1b[31mred\x07\tand \xff\x00", `"[31mred  and ?"`},
		{"long status", "STATUS=" + strings.Repeat("é", 1000), fmt.Sprintf("%q", strings.Repeat("é", MessageMax/2))},
		{"bad numbers", "MAINPID=-3\nMAINPID=x\nMAINPID=99999999999\nEXTEND_TIMEOUT_USEC=-1", ""},
		{"endless", "EXTEND_TIMEOUT_USEC=18446744073709551615", "24h0m0s"},
		{"unknown", "FDSTORE=1\nBARRIER=1\nX_OWN=y\n=\n\n==", ""},
		{"garbage", "\x00\xff\n\n\nREADY=1", "ready"},
		{"too long", strings.Repeat("x", NoticeMax) + "\nREADY=1", ""},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := shown(ReadNotice([]byte(c.text))); got != c.want {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}

func shown(n Notice) string {
	var words []string
	for word, is := range map[string]bool{"ready": n.Ready} {
		if is {
			words = append(words, word)
		}
	}
	for _, w := range []struct {
		word string
		is   bool
	}{{"reloading", n.Reloading}, {"stopping", n.Stopping}, {"alive", n.Alive}, {"stuck", n.Stuck}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	if n.Status != nil {
		words = append(words, fmt.Sprintf("%q", *n.Status))
	}
	if n.Main != 0 {
		words = append(words, fmt.Sprint(n.Main))
	}
	if n.Extend != 0 {
		words = append(words, n.Extend.String())
	}
	return strings.Join(words, " ")
}

func FuzzReadNotice(f *testing.F) {
	f.Add([]byte("READY=1\nSTATUS=\xff\nMAINPID=1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := ReadNotice(text)
		if n.Main < 0 || n.Extend < 0 || n.Extend > extendMost {
			t.Errorf("%+v", n)
		}
		if n.Status != nil && (len(*n.Status) > MessageMax || OneLine(*n.Status, MessageMax) != *n.Status) {
			t.Errorf("%q", *n.Status)
		}
	})
}

func TestLastLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"\n\n":                     "",
		"one":                      "one",
		"one\ntwo\n":               "two",
		"one\n two \r\n\n \n":      "two",
		strings.Repeat("x\n", 999): "x",
	} {
		if got := OneLine(LastLine([]byte(text)), MessageMax); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
