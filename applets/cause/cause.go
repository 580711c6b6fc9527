// Package cause is for sentences around errors of files: "cannot read FILE: …" has
// said already what was tried, and on what. Those applets import it that speak to
// people of files which these have named.
package cause

import (
	"errors"
	"io/fs"
	"os"
)

// Of is an error without the operation and the paths that package os puts before it.
// Any other error is its own cause.
func Of(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
