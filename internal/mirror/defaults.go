package mirror

import "github.com/pinfetch/pinfetch/internal/storepath"

// Defaults returns the outputs of a content by the name that nixpkgs gives each call by default, which is the first.
func (c Content) Defaults(store storepath.Store) (outputs []storepath.Output) {
	for _, f := range c.fetches {
		outputs = append(outputs, store.Outputs(f.call)[0])
	}
	return outputs
}
