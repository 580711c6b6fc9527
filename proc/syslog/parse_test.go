package syslog

import (
	"bytes"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("t", tagMax)
	tests := map[string]struct{ datagram, want string }{
		"glibc":                     {"<13>Nov 23 15:04:05 web[17]: hello", "user.notice web[17]: hello"},
		"glibc, a newline":          {"<27>Nov  3 15:04:05 web[17]: hello\n", "daemon.err web[17]: hello"},
		"a zero byte":               {"<27>Nov  3 15:04:05 web[17]: hello\n\x00", "daemon.err web[17]: hello"},
		"no pid":                    {"<30>Nov 23 15:04:05 web: hello", "daemon.info web: hello"},
		"no time":                   {"<30>web: hello", "daemon.info web: hello"},
		"RFC 3339 time":             {"<30>2026-01-02T03:04:05.678901+01:00 web: hello", "daemon.info web: hello"},
		"no priority":               {"Nov 23 15:04:05 web: hello", "user.notice web: hello"},
		"text alone":                {"hello world", "user.notice hello world"},
		"a tag with a slash":        {"<22>postfix/smtpd[9]: x", "mail.info postfix/smtpd[9]: x"},
		"a pid that is a word":      {"<14>web[main]: x", "user.info web[main]: x"},
		"no message":                {"<14>web[1]:", "user.info web[1]:"},
		"no message, a space":       {"<14>web: ", "user.info web:"},
		"a priority alone":          {"<14>", "user.info"},
		"nothing":                   {"", "user.notice"},
		"newlines alone":            {"\n\n\x00\n", "user.notice"},
		"the lowest":                {"<0>x y", "kern.emerg x y"},
		"the highest":               {"<191>x y", "local7.debug x y"},
		"local0":                    {"<128>x y", "local0.emerg x y"},
		"clock":                     {"<127>x y", "clock.debug x y"},
		"too high":                  {"<192>x y", "user.notice <192>x y"},
		"four digits":               {"<0013>x y", "user.notice <0013>x y"},
		"a sign":                    {"<+1>x y", "user.notice <+1>x y"},
		"no digits":                 {"<>x y", "user.notice <>x y"},
		"not closed":                {"<13", "user.notice <13"},
		"one bracket":               {"<", "user.notice <"},
		"a colon inside":            {"<13>see http://x/", "user.notice see http://x/"},
		"a colon without a space":   {"<13>http://x/", "user.notice http://x/"},
		"a pid not closed":          {"<13>web[17: x", "user.notice web[17: x"},
		"a pid without a colon":     {"<13>web[17] x", "user.notice web[17] x"},
		"a pid with a space":        {"<13>web[1 7]: x", "user.notice web[1 7]: x"},
		"a pid too long":            {"<13>web[" + strings.Repeat("7", pidMax+1) + "]: x", "user.notice web[" + strings.Repeat("7", pidMax+1) + "]: x"},
		"the longest tag":           {"<13>" + long + ": x", "user.notice " + long + ": x"},
		"a tag too long":            {"<13>" + long + "t: x", "user.notice " + long + "t: x"},
		"a tag with an escape":      {"<13>a\x1b: x", "user.notice a\x1b: x"},
		"an empty tag":              {"<13>: x", "user.notice : x"},
		"bytes":                     {"<13>web: \xff\x00\x1b[31mred", "user.notice web: \xff\x00\x1b[31mred"},
		"lines":                     {"<11>web: one\n<0>two\nthree\n", "user.err web: one\n    <0>two\n    three"},
		"a month that is none":      {"<13>No1 23 15:04:05 web: x", "user.notice No1 23 15:04:05 web: x"},
		"a time cut short":          {"<13>Nov 23 15:04", "user.notice Nov 23 15:04"},
		"a time and nothing else":   {"<13>Nov 23 15:04:05 ", "user.notice"},
		"RFC 5424":                  {"<165>1 2003-10-11T22:14:15.003Z host app 42 ID47 - hello", "local4.notice app[42]: hello"},
		"5424, nothing known":       {"<165>1 - - - - - - hello", "local4.notice hello"},
		"5424, no message":          {"<165>1 - - app - - -", "local4.notice app:"},
		"5424, a byte order mark":   {"<165>1 - - app - - - \ufeffhello", "local4.notice app: hello"},
		"5424, data":                {`<165>1 - - app - - [a@1 x="1"][b@1 y="]\"]"] hello`, `local4.notice app: [a@1 x="1"][b@1 y="]\"]"] hello`},
		"5424, data alone":          {`<165>1 - - app - - [a@1]`, `local4.notice app: [a@1]`},
		"5424 as logger sends it":   {`<13>1 2026-01-02T03:04:05.678901+01:00 h root - - [timeQuality tzKnown="1" isSynced="1"] x`, "user.notice root: x"},
		"5424, data not closed":     {`<165>1 - - app - - [a@1 x="] hello`, `local4.notice 1 - - app - - [a@1 x="] hello`},
		"5424, data and no space":   {`<165>1 - - app - - [a@1]hello`, `local4.notice 1 - - app - - [a@1]hello`},
		"5424, no data":             {"<165>1 - - app - - hello", "local4.notice 1 - - app - - hello"},
		"5424, too few words":       {"<165>1 - - app", "local4.notice 1 - - app"},
		"5424, an empty word":       {"<165>1 -  app - - - x", "local4.notice 1 -  app - - - x"},
		"5424, a time that is none": {"<165>1 now - app - - - x", "local4.notice 1 now - app - - - x"},
		"5424, another version":     {"<165>2 - - app - - - x", "local4.notice 2 - - app - - - x"},
		"5424, no priority":         {"1 - - app - - - x", "user.notice 1 - - app - - - x"},
		"a text that counts":        {"<13>1 apple a day - - - x", "user.notice 1 apple a day - - - x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(Parse([]byte(test.datagram)).Append(nil)); got != test.want {
				t.Errorf("%q is shown as\n%q, want\n%q", test.datagram, got, test.want)
			}
		})
	}
}

// FuzzParse: whatever comes, no byte is added but by indents, and the first line has
// its priority.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "<13>Nov 23 15:04:05 web[17]: hello\n", `<165>1 2003-10-11T22:14:15.003Z h a p m [x y="\]"] t`, "<191", "<1>1 - - - - - [",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		before := bytes.Clone(datagram)
		m := Parse(datagram)
		line := m.Append(nil)
		if !bytes.Equal(before, datagram) {
			t.Error("the datagram was changed")
		}
		if m.Priority < 0 || m.Priority > priorityMax || len(m.Tag) > tagMax || len(m.Pid) > pidMax ||
			len(m.Tag)+len(m.Pid)+len(m.Data)+len(m.Text) > len(datagram) {
			t.Errorf("%q gives %+v", datagram, m)
		}
		if !bytes.HasPrefix(line, []byte(m.facility()+"."+m.severity())) {
			t.Errorf("%q is shown as %q", datagram, line)
		}
		for i, part := range bytes.Split(line, []byte("\n")) {
			if i > 0 && !bytes.HasPrefix(part, []byte("    ")) {
				t.Errorf("%q has a line of its own: %q", datagram, line)
			}
		}
	})
}
