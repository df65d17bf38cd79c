package inflate

import "math/bits"

// The numbers of symbols.
const (
	maxLit   = 286 // literals, the end of the block, and lengths
	maxDist  = 30
	fixedLit = 288 // the fixed codes have two literals and two distances that are invalid
	fixedSym = 32

	codeLengths   = 19
	maxCodeLength = 15 // bits
	endOfBlock    = 256
)

// A table maps the next bits of a stream to an entry. Codes that are longer than its index share an entry that leads to a
// second table, which is indexed by the bits that follow. For 286 symbols and an index of 11 bits, all tables together have
// at most 2342 entries; for 30 symbols and 9 bits, 592. The arrays have more, so that a mask of the index replaces its
// bounds check.
const (
	litBits  = 11
	distBits = 9
	lenBits  = 7

	litMask  = 1<<litBits - 1
	distMask = 1<<distBits - 1
	lenMask  = 1<<lenBits - 1

	litSize  = 1 << 12
	distSize = 1 << 10
)

// An entry has these fields, from the lowest bit:
//
//   - 8 bits, of which 6 are used: how many bits it takes from the stream, with extra bits
//   - 4 bits: how many of them are the code; of a link, how many bits index the second table
//   - 4 bits of flags
//   - 16 bits: the literal; or the base of the length or distance, to which extra bits are added; or where the second
//     table begins. The highest bit is set for literals only.
const (
	codeShift  = 8
	valueShift = 16

	flagSpecial = 1 << 15 // a link, the end of the block, or invalid
	flagLink    = 1 << 14
	flagEnd     = 1 << 13
	flagLiteral = 1 << 31
)

// lengthValues are the entries of the symbols from 257: the base of the length, and how many extra bits there are.
var lengthValues = [...]uint32{
	3 << 16, 4 << 16, 5 << 16, 6 << 16, 7 << 16, 8 << 16, 9 << 16, 10 << 16,
	11<<16 | 1, 13<<16 | 1, 15<<16 | 1, 17<<16 | 1, 19<<16 | 2, 23<<16 | 2, 27<<16 | 2, 31<<16 | 2,
	35<<16 | 3, 43<<16 | 3, 51<<16 | 3, 59<<16 | 3, 67<<16 | 4, 83<<16 | 4, 99<<16 | 4, 115<<16 | 4,
	131<<16 | 5, 163<<16 | 5, 195<<16 | 5, 227<<16 | 5, 258 << 16,
}

// litValue is the entry of a literal/length symbol without its code.
func litValue(symbol uint32) uint32 {
	switch {
	case symbol < endOfBlock:
		return flagLiteral | symbol<<valueShift
	case symbol == endOfBlock:
		return flagSpecial | flagEnd
	case symbol < maxLit:
		return lengthValues[symbol-endOfBlock-1]
	}
	return flagSpecial
}

// distValue is the entry of a distance symbol without its code.
func distValue(symbol uint32) uint32 {
	switch {
	case symbol < 2:
		return (symbol + 1) << valueShift
	case symbol < maxDist:
		extra := symbol/2 - 1
		return (1+(2+symbol&1)<<extra)<<valueShift | extra
	}
	return flagSpecial
}

// lenValues are the entries of the code-length symbols without their codes.
var lenValues = [codeLengths]uint32{
	0, 1 << 16, 2 << 16, 3 << 16, 4 << 16, 5 << 16, 6 << 16, 7 << 16, 8 << 16, 9 << 16,
	10 << 16, 11 << 16, 12 << 16, 13 << 16, 14 << 16, 15 << 16, 16 << 16, 17 << 16, 18 << 16,
}

// build fills a table for the codes of the symbols with these lengths and values. It returns the length of the shortest code, and
// false if the code is invalid.
func build(table []uint32, index uint, lengths []uint8, values []uint32) (shortest uint, ok bool) {
	var count [maxCodeLength + 1]int
	for _, n := range lengths {
		count[n]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	if used < 2 && count[1] == used {
		return uint(used), buildShort(table[:1<<index], lengths, values)
	}
	var next [maxCodeLength + 2]int // where the symbols of each length begin in sorted
	space := 1 << maxCodeLength     // that no code takes
	for n := maxCodeLength; n > 0; n-- {
		space -= count[n] << (maxCodeLength - n)
		if count[n] > 0 {
			shortest = uint(n)
		}
	}
	for n := 1; n <= maxCodeLength; n++ {
		next[n+1] = next[n] + count[n]
	}
	if space != 0 {
		return 0, false
	}
	var sorted [fixedLit]uint16
	for symbol, n := range lengths {
		if n > 0 {
			sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}
	fill(table, index, sorted[:used], &count, values)
	return shortest, true
}

// buildShort fills a table for a single code of one bit, or for no code.
func buildShort(table []uint32, lengths []uint8, values []uint32) bool {
	for i := range table {
		table[i] = flagSpecial
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		for i := range table {
			table[i] = flagSpecial | 1<<codeShift
			if i&1 == 0 {
				table[i] = code(values[symbol], 1)
			}
		}
	}
	return true
}

// code adds a code of n bits to the entry of a symbol.
func code(value uint32, n uint) uint32 { return value + uint32(n)<<codeShift + uint32(n) }

// fill fills a table for a complete code. The symbols are sorted by the lengths of their codes.
//
// Codes are packed from their first bit, and so the table's index has their bits in reverse. Each code is written once:
// whenever the length grows, the part of the table that is filled is doubled.
func fill(table []uint32, index uint, symbols []uint16, count *[maxCodeLength + 1]int, values []uint32) {
	reversed := uint(0)
	length := uint(1)
	for ; length <= index; length++ {
		for range count[length] {
			table[reversed] = code(values[symbols[0]], length)
			symbols = symbols[1:]
			reversed = increment(reversed, length)
		}
		if length < index {
			copy(table[1<<length:2<<length], table[:1<<length])
		}
	}
	prefix, begin, end := ^uint(0), uint(0), uint(1)<<index // of the second table
	width := uint(0)                                        // of its index
	for ; len(symbols) > 0; length++ {
		for n := count[length]; n > 0; n-- {
			if p := reversed & (1<<index - 1); p != prefix {
				prefix, begin, width = p, end, length-index
				for taken := n; taken < 1<<width; {
					width++
					taken = taken<<1 + count[index+width]
				}
				end += 1 << width
				table[prefix] = flagSpecial | flagLink | uint32(begin)<<valueShift | uint32(width)<<codeShift | uint32(index)
			}
			entry := code(values[symbols[0]], length-index)
			symbols = symbols[1:]
			for i := begin + reversed>>index; i < end; i += 1 << (length - index) {
				table[i] = entry
			}
			reversed = increment(reversed, length)
		}
	}
}

// increment returns the code of n bits that follows in order, both with their bits in reverse. The last one is
// followed by itself.
func increment(reversed, n uint) uint {
	zeros := reversed ^ (1<<n - 1)
	if zeros == 0 {
		return reversed
	}
	highest := uint(1) << (bits.Len(zeros) - 1)
	return reversed&(highest-1) | highest
}
