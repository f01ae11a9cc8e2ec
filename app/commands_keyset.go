package app

import (
	"fmt"

	"github.com/tessera-erp/tessera/app/fault"
)

type keysetRotateCommand struct{}

// Run adds a key that seals from now on. The earlier ones stay: they open what they have
// sealed, until that is renewed.
func (keysetRotateCommand) Run(s *session) error {
	if s.config.Keyset != "" {
		return fault.New(fault.Conflict, "The keyset is in TESSERA_KEYSET, not in a file: put it into %s to rotate it, and then back.", s.config.keysetPath())
	}
	return s.with(func(in *Instance) error {
		fresh, err := in.App.Seal.Rotate()
		if err != nil {
			return err
		}
		path := s.config.keysetPath()
		if err := fresh.Replace(path); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "%s holds a %s: the new one seals from now on, the earlier ones open what they have sealed. Keep a copy, and start running servers again.\n", path, fresh)
		return nil
	})
}
