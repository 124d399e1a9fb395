#include "textflag.h"

// func plainAVX2(p *byte, n int) int
TEXT ·plainAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	XORQ AX, AX
	MOVL $0x22222222, DX // quotes
	VMOVD DX, X0
	VPBROADCASTD X0, Y0
	MOVL $0x5c5c5c5c, DX // backslashes
	VMOVD DX, X1
	VPBROADCASTD X1, Y1
	MOVL $0x20202020, DX // below it, with a sign: control characters, and not ASCII
	VMOVD DX, X2
	VPBROADCASTD X2, Y2

next:
	CMPQ CX, $32
	JLT  done
	VMOVDQU (SI)(AX*1), Y3
	VPCMPEQB Y0, Y3, Y4
	VPCMPEQB Y1, Y3, Y5
	VPCMPGTB Y3, Y2, Y6
	VPOR Y4, Y5, Y4
	VPOR Y6, Y4, Y4
	VPMOVMSKB Y4, DX
	TESTL DX, DX
	JNZ  found
	ADDQ $32, AX
	SUBQ $32, CX
	JMP  next

found:
	BSFL DX, DX
	ADDQ DX, AX

done:
	VZEROUPPER
	MOVQ AX, ret+16(FP)
	RET
