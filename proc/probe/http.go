package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// longest is how much of an answer is read in search of its first line.
const longest = 4096

// Fetch is the http probe: one GET on a connection of its own, RFC 9112. A status of
// 200 to 399 is a success. Only the status line is read; redirects are not followed.
func Fetch(ctx context.Context, url string) error {
	endpoint, request, err := requestFor(url)
	if err != nil {
		return err
	}
	c, err := dial(ctx, endpoint)
	if err != nil {
		return err
	}
	defer c.close()
	defer c.until(ctx)()
	if _, err := io.WriteString(c.pollable(), request); err != nil {
		return words(err)
	}
	line, err := firstLine(c.pollable())
	if err != nil {
		return err
	}
	return judge(line)
}

// requestFor gives where to connect to for a URL, and what to send there.
func requestFor(url string) (endpoint, request string, err error) {
	rest, ok := strings.CutPrefix(url, "http://")
	host, target := rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, target = rest[:i], rest[i:]
	}
	if !ok || host == "" {
		return "", "", fmt.Errorf("cannot read the endpoint %q", url)
	}
	if target[0] == '?' {
		target = "/" + target
	}
	endpoint = host
	if _, _, err := net.SplitHostPort(host); err != nil {
		endpoint = host + ":80"
	}
	return endpoint, "GET " + target + " HTTP/1.1\r\nHost: " + host +
		"\r\nUser-Agent: zinit\r\nAccept: */*\r\nConnection: close\r\n\r\n", nil
}

// firstLine reads a line, without its end.
func firstLine(from io.Reader) ([]byte, error) {
	text := make([]byte, 0, longest)
	for {
		n, err := from.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if line, _, ok := bytes.Cut(text, []byte("\n")); ok {
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		switch {
		case len(text) == cap(text):
			return text, nil
		case err != nil && len(text) > 0 && errors.Is(err, io.EOF):
			return text, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("the connection was closed without an answer")
		case err != nil:
			return nil, words(err)
		}
	}
}

// judge takes a status line for good or bad: "HTTP/1.1 200 OK".
func judge(line []byte) error {
	const shown = 40
	version, rest, _ := strings.Cut(string(line), " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	switch {
	case !strings.HasPrefix(version, "HTTP/") || len(code) != 3 || err != nil:
		return fmt.Errorf("the answer is no HTTP: %s", strconv.QuoteToASCII(string(line[:min(len(line), shown)])))
	case status < 200 || status > 399:
		return fmt.Errorf("HTTP %d", status)
	}
	return nil
}

// words takes from an error of a file what people want to know.
func words(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}
