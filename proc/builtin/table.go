package builtin

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// entry is one line of fstab(5).
type entry struct {
	line
	source, target, kind string
	options              []string
	mount                // what the options come to
}

// mount is what mount(2) takes beside source, target and type.
type mount struct {
	flags  uintptr
	data   string // the file system's own options
	nofail bool   // a device that is missing is no failure
	noauto bool   // only by hand
}

// table reads /etc/fstab. That there is none is no failure.
func (t *task) table() []entry {
	const file = "/etc/fstab"
	if !t.exists(file) {
		return nil
	}
	var entries []entry
	for _, l := range t.lines(file) {
		fields := strings.Fields(l.text)
		if len(fields) < 3 {
			t.fail("%s: cannot understand %q: write device, directory, type and options", l, l.text)
			continue
		}
		e := entry{line: l, source: unescape(fields[0]), target: unescape(fields[1]), kind: fields[2]}
		if len(fields) > 3 {
			e.options = strings.Split(unescape(fields[3]), ",")
		}
		e.mount = options(e.options)
		entries = append(entries, e)
	}
	return entries
}

// flag is an option of mount(8) that is a flag of mount(2).
type flag struct {
	set, clear uintptr
}

func flags() map[string]flag {
	const restricted = unix.MS_NOSUID | unix.MS_NODEV
	return map[string]flag{
		"ro": {unix.MS_RDONLY, 0}, "rw": {0, unix.MS_RDONLY},
		"nosuid": {unix.MS_NOSUID, 0}, "suid": {0, unix.MS_NOSUID},
		"nodev": {unix.MS_NODEV, 0}, "dev": {0, unix.MS_NODEV},
		"noexec": {unix.MS_NOEXEC, 0}, "exec": {0, unix.MS_NOEXEC},
		"sync": {unix.MS_SYNCHRONOUS, 0}, "async": {0, unix.MS_SYNCHRONOUS},
		"dirsync": {unix.MS_DIRSYNC, 0}, "remount": {unix.MS_REMOUNT, 0}, "silent": {unix.MS_SILENT, 0},
		"bind": {unix.MS_BIND, 0}, "rbind": {unix.MS_BIND | unix.MS_REC, 0},
		"noatime": {unix.MS_NOATIME, 0}, "atime": {0, unix.MS_NOATIME},
		"nodiratime": {unix.MS_NODIRATIME, 0}, "diratime": {0, unix.MS_NODIRATIME},
		"relatime": {unix.MS_RELATIME, 0}, "norelatime": {0, unix.MS_RELATIME},
		"strictatime": {unix.MS_STRICTATIME, 0}, "lazytime": {unix.MS_LAZYTIME, 0}, "nolazytime": {0, unix.MS_LAZYTIME},
		"nosymfollow": {unix.MS_NOSYMFOLLOW, 0},
		"user":        {restricted | unix.MS_NOEXEC, 0}, "users": {restricted | unix.MS_NOEXEC, 0},
		"owner": {restricted, 0}, "group": {restricted, 0},
		"defaults": {}, "auto": {}, "nouser": {}, "loud": {}, "_netdev": {}, "nofail": {}, "noauto": {},
	}
}

// options takes the words of the fourth field apart. What neither mount(8) nor
// systemd keeps for itself is the file system's.
func options(words []string) mount {
	var m mount
	var own []string
	known := flags()
	for _, word := range words {
		f, ok := known[word]
		switch {
		case ok:
			m.flags = m.flags&^f.clear | f.set
		case word == "" || strings.HasPrefix(word, "x-") || strings.HasPrefix(word, "comment="):
		default:
			own = append(own, word)
		}
		m.nofail = m.nofail || word == "nofail"
		m.noauto = m.noauto || word == "noauto"
	}
	m.data = strings.Join(own, ",")
	return m
}

// unescape gives the text of a field: blanks are written as \040, fstab(5).
func unescape(field string) string {
	var text strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+3 < len(field) {
			if n, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				text.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		text.WriteByte(field[i])
	}
	return text.String()
}
