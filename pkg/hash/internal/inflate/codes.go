package inflate

import "encoding/binary"

// codes decodes symbols until the buffer is full, the input is nearly used up, or the block ends, which done reports.
//
// Once the bit buffer is refilled it has at least 56 bits: two literals and a length with its extra bits take at most 42
// of them, a distance with its extra bits 28. The bits above the low count bits are those of the bytes that come next, so
// that they are the same when they are loaded again.
//
// Only the low six bits of count matter. Therefore, a whole entry can be subtracted from it.
func (d *Decoder) codes() (done bool, err error) {
	var (
		in, end   = uint(d.in), uint(min(max(d.end-codesMargin, 0), inputSize))
		acc       = d.acc
		count     = uint64(d.count)
		out, pos  = d.out, uint(d.pos)
		first     = uint(d.first)
		lit, dist = &d.lit, &d.dist
		buf       = &d.buf
	)
	if in >= end || pos >= outEnd {
		return false, nil
	}
	acc |= binary.LittleEndian.Uint64(buf[in:]) << (count & 63)
	in += uint(^count >> 3 & 7)
	count |= 56
	e := uint64(lit[acc&litMask])
	for in < end && pos < outEnd {
		if e&flagLiteral != 0 {
			acc >>= e & 63
			count -= e
			out[pos] = byte(e >> valueShift)
			pos++
			e = uint64(lit[acc&litMask])
			if e&flagLiteral != 0 {
				acc >>= e & 63
				count -= e
				out[pos] = byte(e >> valueShift)
				pos++
				e = uint64(lit[acc&litMask])
				if e&flagLiteral != 0 {
					acc >>= e & 63
					count -= e
					out[pos] = byte(e >> valueShift)
					pos++
					acc |= binary.LittleEndian.Uint64(buf[in:]) << (count & 63)
					in += uint(^count >> 3 & 7)
					count |= 56
					e = uint64(lit[acc&litMask])
					continue
				}
			}
		}
		if e&flagSpecial != 0 {
			if e&flagLink != 0 {
				acc >>= litBits
				count -= litBits
				e = uint64(lit[(e>>valueShift+acc&(1<<(e>>codeShift&15)-1))&(litSize-1)])
			}
			if e&flagLiteral != 0 {
				acc >>= e & 63
				count -= e
				out[pos] = byte(e >> valueShift)
				pos++
				acc |= binary.LittleEndian.Uint64(buf[in:]) << (count & 63)
				in += uint(^count >> 3 & 7)
				count |= 56
				e = uint64(lit[acc&litMask])
				continue
			}
			if e&flagSpecial != 0 {
				acc >>= e & 63
				count -= e
				if e&flagEnd == 0 {
					err = ErrCorrupt
				}
				done = true
				break
			}
		}
		length := uint(e>>valueShift + acc&(1<<(e&63)-1)>>(e>>codeShift&15))
		acc >>= e & 63
		count -= e

		acc |= binary.LittleEndian.Uint64(buf[in:]) << (count & 63)
		in += uint(^count >> 3 & 7)
		count |= 56
		e = uint64(dist[acc&distMask])
		if e&flagSpecial != 0 {
			if e&flagLink != 0 {
				acc >>= distBits
				count -= distBits
				e = uint64(dist[(e>>valueShift+acc&(1<<(e>>codeShift&15)-1))&(distSize-1)])
			}
			if e&flagSpecial != 0 {
				done, err = true, ErrCorrupt
				break
			}
		}
		distance := uint(e>>valueShift&0x7fff + acc&(1<<(e&63)-1)>>(e>>codeShift&15))
		acc >>= e & 63
		count -= e
		from := pos - distance
		if from >= outEnd || from < first {
			done, err = true, ErrCorrupt
			break
		}

		acc |= binary.LittleEndian.Uint64(buf[in:]) << (count & 63)
		in += uint(^count >> 3 & 7)
		count |= 56
		e = uint64(lit[acc&litMask]) // before the copy, which does not wait for it

		to := min(pos, outEnd+2) // which it is: at most two literals were added
		pos += length
		if distance >= 8 {
			*(*[8]byte)(out[to:]) = *(*[8]byte)(out[from:])
			*(*[8]byte)(out[to+8:]) = *(*[8]byte)(out[from+8:])
			for length > 16 && to < outEnd+outSlack-32 && from < outEnd+outSlack-32 {
				to += 16
				from += 16
				length -= 16
				*(*[8]byte)(out[to:]) = *(*[8]byte)(out[from:])
				*(*[8]byte)(out[to+8:]) = *(*[8]byte)(out[from+8:])
			}
			continue
		}
		repeat(out, from, to, length)
	}
	count &= 63
	d.in, d.pos = int(in)-int(count>>3), int(pos)
	d.count = uint(count & 7)
	d.acc = acc & (1<<d.count - 1)
	return done, err
}

// repeat repeats the bytes at from, which are less than 8 bytes before to. It may write up to 7 bytes more.
//
//go:noinline
func repeat(out *Buffer, from, to, length uint) {
	step := to - from
	begin, rest := out[from:], out[to:to+length+8]
	if step == 1 {
		word := uint64(begin[0]) * 0x0101010101010101
		for len(rest) > 8 {
			binary.LittleEndian.PutUint64(rest, word)
			rest = rest[8:]
		}
		return
	}
	for len(rest) > 8 {
		*(*[8]byte)(rest) = *(*[8]byte)(begin)
		begin, rest = begin[step:], rest[step:]
	}
}

// symbol decodes one symbol where codes might use more bytes than there are: near the end of the input. It fails where
// the standard library fails, which takes as many bits as the end of the block has before it looks at a code.
func (d *Decoder) symbol() (done bool, err error) {
	e, err := d.code(d.lit[:], litBits, d.shortest)
	if err != nil {
		return false, err
	}
	if e&flagLiteral != 0 {
		d.out[d.pos] = byte(e >> valueShift)
		d.pos++
		return false, nil
	}
	if e&flagEnd != 0 {
		return true, nil
	}
	length, err := d.extra(e)
	if err != nil {
		return false, err
	}
	if e, err = d.code(d.dist[:], distBits, 0); err != nil {
		return false, err
	}
	distance, err := d.extra(e)
	if err != nil {
		return false, err
	}
	if distance > d.pos-d.first {
		return false, ErrCorrupt
	}
	for range length {
		d.out[d.pos] = d.out[d.pos-distance]
		d.pos++
	}
	return false, nil
}

// code decodes a code and returns its entry. It needs at least shortest bits.
func (d *Decoder) code(table []uint32, index, shortest uint) (uint32, error) {
	for need := shortest; ; {
		if err := d.need(need); err != nil {
			return 0, err
		}
		e := table[d.acc&(1<<index-1)]
		need = uint(e >> codeShift & 15)
		if e&flagLink != 0 {
			e = table[uint64(e>>valueShift)+d.acc>>index&(1<<need-1)]
			need = index + uint(e>>codeShift&15)
		}
		if need > d.count {
			continue
		}
		if e&flagSpecial != 0 && e&flagEnd == 0 {
			return 0, ErrCorrupt
		}
		d.acc >>= need
		d.count -= need
		return e, nil
	}
}

// extra returns the length or distance of an entry whose code was taken.
func (d *Decoder) extra(e uint32) (int, error) {
	n, err := d.take(uint(e&63 - e>>codeShift&15))
	return int(e>>valueShift) + n, err
}
