package nexmark

import (
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/column"
)

// put appends a field of an event. The scratch is for texts.
type put func(b *column.Builder, e *event, scratch []byte)

// field is a field of a record that can be made.
type field struct {
	name string
	typ  *types.Type
	put  put
}

func long(name string, of func(*event) int64) field {
	return field{name, types.TLong, func(b *column.Builder, e *event, _ []byte) { b.Int64(of(e)) }}
}

func instant(name string, of func(*event) int64) field {
	return field{name, types.TTimestamp, func(b *column.Builder, e *event, _ []byte) { b.Int64(of(e)) }}
}

func text(name string, of func(*event, []byte) []byte) field {
	return field{name, types.TString, func(b *column.Builder, e *event, scratch []byte) { b.Bytes(of(e, scratch[:0])) }}
}

// fieldsOf are the fields of a kind, in the order of the usual schemas.
func fieldsOf(k kind) []field {
	switch k {
	case person:
		return []field{
			long("id", func(e *event) int64 { return firstID + e.lastPerson() }),
			text("name", (*event).name), text("email_address", (*event).email), text("credit_card", (*event).card),
			text("city", func(e *event, dst []byte) []byte { return append(dst, e.city()...) }),
			text("state", func(e *event, dst []byte) []byte { return append(dst, e.state()...) }),
			instant("date_time", (*event).time), text("extra", (*event).personExtra),
		}
	case auction:
		return []field{
			long("id", func(e *event) int64 { return firstID + e.lastAuction() }),
			text("item_name", (*event).item), text("description", (*event).description),
			long("initial_bid", func(e *event) int64 { return e.price(drawInitial) }),
			long("reserve", func(e *event) int64 { return e.price(drawInitial) + e.price(drawReserve) }),
			instant("date_time", (*event).time), instant("expires", (*event).expires), long("seller", (*event).seller),
			long("category", func(e *event) int64 { return firstCategory + e.below(drawCategory, categories) }),
			text("extra", (*event).auctionExtra),
		}
	case bid:
		return []field{
			long("auction", (*event).bidOn), long("bidder", (*event).bidder),
			long("price", func(e *event) int64 { return e.price(drawPrice) }),
			text("channel", (*event).channelName), text("url", (*event).url),
			instant("date_time", (*event).time), text("extra", (*event).bidExtra),
		}
	}
	return nil
}
