package inflate

// lengthOrder is the order in which a block has the lengths of the code-length codes.
var lengthOrder = [codeLengths]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// Symbols of code lengths that stand for several lengths. Smaller ones are lengths.
const (
	repeatLast  = 16
	repeatZero  = 17
	repeatZeros = 18
)

// dynamic reads the codes of a block and builds their tables.
func (d *Decoder) dynamic() error {
	head, err := d.take(5 + 5 + 4)
	if err != nil {
		return err
	}
	lits, dists, lens := head&31+257, head>>5&31+1, head>>10+4
	if lits > maxLit || dists > maxDist {
		return ErrCorrupt
	}
	var lengths [codeLengths]uint8
	for _, symbol := range lengthOrder[:lens] {
		n, err := d.take(3)
		if err != nil {
			return err
		}
		lengths[symbol] = uint8(n)
	}
	d.isFixed = false
	if _, ok := build(d.dist[:], lenBits, lengths[:], lenValues[:]); !ok { // the distances need the table only later
		return ErrCorrupt
	}
	if err := d.readLengths(d.lengths[:lits+dists]); err != nil {
		return err
	}
	var ok bool
	if d.shortest, ok = build(d.lit[:], litBits, d.lengths[:lits], d.litValues[:]); !ok {
		return ErrCorrupt
	}
	if _, ok := build(d.dist[:], distBits, d.lengths[lits:lits+dists], d.distValues[:]); !ok {
		return ErrCorrupt
	}
	d.shortest = max(d.shortest, uint(d.lengths[endOfBlock]))
	d.state = inCodes
	return nil
}

// readLengths reads the lengths of all codes.
func (d *Decoder) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		e, err := d.code(d.dist[:], lenBits, 0)
		if err != nil {
			return err
		}
		symbol := e >> valueShift
		if symbol < repeatLast {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		if symbol == repeatLast && i == 0 {
			return ErrCorrupt
		}
		n, err := d.repetition(symbol)
		if err != nil {
			return err
		}
		value := uint8(0)
		if symbol == repeatLast {
			value = lengths[i-1]
		}
		if n > len(lengths)-i {
			return ErrCorrupt
		}
		for range n {
			lengths[i] = value
			i++
		}
	}
	return nil
}

// repetition returns how often a symbol repeats a length.
func (d *Decoder) repetition(symbol uint32) (int, error) {
	base, extra := 3, uint(2)
	switch symbol {
	case repeatZero:
		extra = 3
	case repeatZeros:
		base, extra = 11, 7
	}
	n, err := d.take(extra)
	return base + n, err
}
