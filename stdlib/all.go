package stdlib

import (
	"slices"
	"sync"
)

// Functions lists every built-in function, grouped as in the documentation.
func Functions() []*Function { return slices.Clone(functions()) }

// Lookup finds a function by name; nil when there is none.
func Lookup(name string) *Function { return byName()[name] }

// functions makes the list once: it parses every signature.
var functions = sync.OnceValue(func() []*Function {
	list := make([]*Function, 0, len(makers))
	for _, make := range makers {
		list = append(list, make())
	}
	return list
})

var byName = sync.OnceValue(func() map[string]*Function {
	names := make(map[string]*Function, len(makers))
	for _, f := range functions() {
		names[f.Name] = f
	}
	return names
})

var makers = [...]func() *Function{
	// text
	fnLength, fnByteLength, fnLower, fnUpper, fnInitcap, fnTrim, fnLtrim, fnRtrim, fnLpad, fnRpad,
	fnRepeat, fnReverse, fnReplace, fnTranslate, fnSubstring, fnLeft, fnRight, fnStartsWith,
	fnEndsWith, fnContains, fnStrpos, fnSplit, fnSplitPart, fnConcat, fnConcatWs, fnASCII, fnChr,
	fnNormalize, fnStripAccents, fnToHex, fnFromHex, fnToBase64, fnFromBase64, fnToUTF8, fnFromUTF8,
	fnLevenshtein, fnFormatNumber, fnLike,
	// regular expressions
	fnMatches, fnRegexExtract, fnRegexExtractAll, fnRegexReplace, fnRegexCount, fnRegexSplit,
	// maths
	fnAbs, fnSign, fnCeil, fnFloor, fnRound, fnTrunc, fnSqrt, fnCbrt, fnExp, fnLn, fnLog10, fnLog2,
	fnLog, fnPow, fnDiv, fnSin, fnCos, fnTan, fnAsin, fnAcos, fnAtan, fnAtan2, fnSinh, fnCosh, fnTanh,
	fnDegrees, fnRadians, fnPi, fnE, fnGreatest, fnLeast, fnClamp, fnIsNaN, fnIsFinite, fnIsInfinite,
	fnHypot, fnGcd, fnLcm, fnFactorial, fnWidthBucket, fnHaversine, fnBitCount, fnBitwiseAnd,
	fnBitwiseOr, fnBitwiseXor, fnBitwiseNot, fnShiftLeft, fnShiftRight, fnNullif,
	// time
	fnYear, fnQuarter, fnMonth, fnWeek, fnISOYear, fnDay, fnDayOfWeek, fnDayOfYear, fnHour, fnMinute,
	fnSecond, fnMillisecond, fnMicrosecond, fnMilliseconds, fnSeconds, fnMinutes, fnHours, fnDays,
	fnTotalMilliseconds, fnTotalSeconds, fnTotalMinutes, fnTotalHours, fnTotalDays, fnEpochS,
	fnEpochMs, fnEpochUs, fnFromEpochS, fnFromEpochMs, fnFromEpochUs, fnDate, fnTimeOfDay, fnTruncate,
	fnDateTrunc, fnDateDiff, fnAdd, fnLastDay, fnIsLeapYear, fnDayName, fnMonthName, fnParseTime,
	fnParseTimestamp, fnParseDate, fnParseTimeOfDay, fnFormatTime, fnFormatDate, fnToLocal,
	fnFromLocal, fnMakeDate, fnMakeTime, fnMakeTimestamp, fnNow, fnParseDuration,
	// conversion
	fnParseLong, fnParseInt, fnParseDouble, fnParseBoolean, fnParseDecimal, fnParseUUID, fnParseJSON,
	fnToJSON,
	// arrays
	fnElement, fnArrayAppend, fnArrayPrepend, fnArrayCat, fnSlice, fnArrayPosition, fnArrayDistinct,
	fnArraySort, fnFlatten, fnRange, fnArrayToString, fnArraySum, fnArrayAvg, fnArrayMin, fnArrayMax,
	fnArrayHasAny, fnArrayHasAll, fnTransform, fnFilter, fnAny, fnAll, fnReduce,
	// maps
	fnMapGet, fnHasKey, fnKeys, fnValues, fnEntries, fnMapFrom, fnMapConcat,
	// json
	fnJSONGet, fnJSONAt, fnJSONType, fnJSONKeys, fnJSONLength, fnJSONElements,
	// url
	fnURLScheme, fnURLHost, fnURLPort, fnURLPath, fnURLQuery, fnURLFragment, fnURLParam, fnURLEncode,
	fnURLDecode,
	// hashing
	fnMD5, fnSHA1, fnSHA256, fnSHA512, fnCRC32, fnHMACSHA256, fnHash, fnUUIDV5,
}
