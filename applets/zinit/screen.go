package zinit

import (
	"bytes"
	"io"
	"os"
	"syscall"
	"unicode/utf8"
	"unsafe"
)

// keyboard is a terminal whose keys come one by one. Ctrl-C and Ctrl-Z keep their
// meaning.
type keyboard struct {
	file    *os.File
	before  syscall.Termios
	pressed chan byte // keys; hungUp at the end
}

// hungUp is no key: the terminal is gone.
const hungUp = 0

// openKeyboard takes over the terminal that in is; nil: it is none, or out is none.
func openKeyboard(in io.Reader, terminal bool) *keyboard {
	file, ok := in.(*os.File)
	if !ok || !terminal {
		return nil
	}
	k := &keyboard{file: file, pressed: make(chan byte)}
	if !ioctl(file, syscall.TCGETS, unsafe.Pointer(&k.before)) {
		return nil
	}
	now := k.before
	now.Lflag &^= syscall.ICANON | syscall.ECHO // termios(3)
	now.Cc[syscall.VMIN], now.Cc[syscall.VTIME] = 1, 0
	if !ioctl(file, syscall.TCSETS, unsafe.Pointer(&now)) {
		return nil
	}
	go k.read()
	return k
}

// read hands keys on until the process ends: nobody else wants them.
func (k *keyboard) read() {
	for key := make([]byte, 1); ; {
		if n, err := k.file.Read(key); n == 0 || err != nil {
			break
		}
		k.pressed <- key[0]
	}
	k.pressed <- hungUp
}

// close gives the terminal back as it was.
func (k *keyboard) close() { ioctl(k.file, syscall.TCSETS, unsafe.Pointer(&k.before)) }

// size is how many columns and lines there are; 80 by 24 where nobody knows.
func (k *keyboard) size() (width, height int) {
	var size struct{ rows, columns, _, _ uint16 } // struct winsize, ioctl_tty(2)
	if !ioctl(k.file, syscall.TIOCGWINSZ, unsafe.Pointer(&size)) || size.columns == 0 || size.rows == 0 {
		return 80, 24
	}
	return int(size.columns), int(size.rows)
}

func ioctl(file *os.File, request uintptr, argument unsafe.Pointer) bool {
	conn, err := file.SyscallConn()
	if err != nil {
		return false
	}
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
	})
	return err == nil && errno == 0
}

// cropped writes lines from the top left corner of a screen, and of each line and of
// them all only what there is room for.
type cropped struct {
	to            io.Writer
	width, height int
	line          []byte
	lines         int
}

func (c *cropped) Write(text []byte) (int, error) {
	for rest := text; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		c.line = append(c.line, line...)
		rest = after
		if whole {
			c.flush()
		}
	}
	return len(text), nil
}

// flush shows one line. Its colours count for nothing.
func (c *cropped) flush() {
	if c.lines++; c.lines <= c.height {
		start := "\r\n"
		if c.lines == 1 {
			start = "\x1b[H" // home
		}
		_, _ = c.to.Write([]byte(start + string(crop(c.line, c.width)) + "\x1b[K"))
	}
	c.line = c.line[:0]
}

// crop cuts a line behind so many characters, escape sequences not counted.
func crop(line []byte, width int) []byte {
	seen, escape := 0, false
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r == '[' || r == ';' || r >= '0' && r <= '9'
		case seen == width:
			return line[:i]
		default:
			seen++
		}
		i += size
	}
	return line
}
