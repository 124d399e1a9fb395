#include "textflag.h"

// func stopsAVX2(p *byte, blocks int, delimiter byte, place int, out *int32, room int) (n, done, odd int)
TEXT ·stopsAVX2(SB), NOSPLIT, $0-72
	MOVQ p+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVBLZX delimiter+16(FP), DX
	VMOVD DX, X0
	VPBROADCASTB X0, Y0
	MOVL $0x0a, DX // ends of lines
	VMOVD DX, X1
	VPBROADCASTB X1, Y1
	MOVL $0x22, DX // quotes
	VMOVD DX, X2
	VPBROADCASTB X2, Y2
	VPXOR Y8, Y8, Y8 // all bytes together
	MOVQ place+24(FP), R8
	MOVQ out+32(FP), DI
	MOVQ DI, R10
	MOVQ room+40(FP), R9
	LEAQ (DI)(R9*4), R9
	XORQ R11, R11 // blocks done

next:
	CMPQ R11, CX
	JGE  done
	CMPQ DI, R9
	JGT  done
	VMOVDQU (SI), Y3
	VMOVDQU 32(SI), Y4
	VPOR Y3, Y8, Y8
	VPOR Y4, Y8, Y8
	VPCMPEQB Y0, Y3, Y5
	VPCMPEQB Y1, Y3, Y6
	VPCMPEQB Y2, Y3, Y7
	VPOR Y5, Y6, Y5
	VPOR Y7, Y5, Y5
	VPMOVMSKB Y5, AX
	VPCMPEQB Y0, Y4, Y5
	VPCMPEQB Y1, Y4, Y6
	VPCMPEQB Y2, Y4, Y7
	VPOR Y5, Y6, Y5
	VPOR Y7, Y5, Y5
	VPMOVMSKB Y5, BX
	SHLQ $32, BX
	ORQ  BX, AX
	JZ   none
	POPCNTQ AX, DX
	MOVQ DI, R12
	LEAQ (DI)(DX*4), DI

	// Eight places at a time, whether there are as many or not: most blocks have fewer.
places:
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, (R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 4(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 8(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 12(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 16(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 20(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 24(R12)
	BLSRQ AX, AX
	TZCNTQ AX, BX
	ADDL R8, BX
	MOVL BX, 28(R12)
	BLSRQ AX, AX
	ADDQ $32, R12
	CMPQ R12, DI
	JLT  places

none:
	ADDQ $64, SI
	ADDQ $64, R8
	INCQ R11
	JMP  next

done:
	VPMOVMSKB Y8, AX
	VZEROUPPER
	MOVQ AX, odd+64(FP)
	SUBQ R10, DI
	SHRQ $2, DI
	MOVQ DI, n+48(FP)
	MOVQ R11, done+56(FP)
	RET

// LOUD marks the bytes of Y4 that are one of those in Y0 to Y3.
#define LOUD \
	VPCMPEQB Y0, Y4, Y5 \
	VPCMPEQB Y1, Y4, Y6 \
	VPOR Y5, Y8, Y8 \
	VPCMPEQB Y2, Y4, Y7 \
	VPOR Y6, Y8, Y8 \
	VPCMPEQB Y3, Y4, Y9 \
	VPOR Y7, Y8, Y8 \
	VPOR Y9, Y8, Y8

// func loudAVX2(p *byte, n int, delimiter byte) bool
TEXT ·loudAVX2(SB), NOSPLIT, $0-25
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	MOVBLZX delimiter+16(FP), DX
	VMOVD DX, X0
	VPBROADCASTB X0, Y0
	MOVL $0x0a, DX // ends of lines
	VMOVD DX, X1
	VPBROADCASTB X1, Y1
	MOVL $0x0d, DX
	VMOVD DX, X2
	VPBROADCASTB X2, Y2
	MOVL $0x22, DX // quotes
	VMOVD DX, X3
	VPBROADCASTB X3, Y3
	VPXOR Y8, Y8, Y8
	XORQ AX, AX
	SUBQ $32, CX // where the last bytes begin

more:
	CMPQ AX, CX
	JGE  last
	VMOVDQU (SI)(AX*1), Y4
	LOUD
	ADDQ $32, AX
	JMP  more

last:
	VMOVDQU (SI)(CX*1), Y4
	LOUD
	VPMOVMSKB Y8, AX
	VZEROUPPER
	TESTL AX, AX
	SETNE ret+24(FP)
	RET
