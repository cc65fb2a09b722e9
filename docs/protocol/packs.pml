/*
 * Packs: parts of a composite are one job while they are closed, and jobs of their own once opened.
 *
 * Two dispatchers (D) with one slot each, one composite with one pack. The pack has the parts of a
 * `parallel`, or the steps of a `serial` (SERIAL). Each atomic block is one script in Redis, or one
 * step inside a process. A request is done at once, or later, or never; its reply comes, or is
 * lost. A lane has no order here: a claim takes any job that waits. models.md says what is proved.
 */
#ifndef PARTS
#define PARTS 2
#endif
#ifndef MAXLOST
#define MAXLOST 1     /* replies that are lost */
#endif
#ifndef MAXTOUCH
#define MAXTOUCH 0    /* the pack is opened by another process, as for a callback */
#endif
#ifndef MAXCANCEL
#define MAXCANCEL 0
#endif
#ifndef MAXCRASH
#define MAXCRASH 0    /* processes that die, other than by the poison */
#endif
#ifndef MAXFALSE
#define MAXFALSE 0    /* dispatchers that are declared dead, rightly or wrongly */
#endif
#ifndef MAXLATE
#define MAXLATE 1     /* claims by a dispatcher that does not know that it was declared dead */
#endif
#ifndef MAXSTOP
#define MAXSTOP 0     /* orderly stops, with a restart */
#endif
#ifndef MAXTURN
#define MAXTURN 1     /* packs of a serial that a slot gives back because its turn is over */
#endif
#ifndef MAXI
#define MAXI 1        /* interrupts after which the poison is aborted */
#endif
#ifndef POISON
#define POISON 9      /* a part whose run kills its process; 9: none */
#endif
#ifndef OTHER
#define OTHER 9       /* a part with an outcome that is no value; 9: none */
#endif
#define NONE 9
/* Where the pack is, and a part of an opened one. */
#define NEW 0         /* it waits for the part before it */
#define WAIT 1
#define ACTIVE 2
#define DONE 3
#define ABORTED 4
#define CANCELLED 5
/* By what an active one is held: a claim of dispatcher 0 or 1, its interrupt, its cancel. */
#define SYS 2
#define CAN 3
#define NOBODY 4      /* in a mutant */
/* What a slot knows of a part. */
#define NOT 0         /* it is not in its hand */
#define FRESH 1       /* claimed, and not begun */
#define RUNS 2
#define RAN 3         /* its value is in memory */
#define UNCLEAR 4     /* its value was sent, and the reply was lost */
#define ITSELF 5      /* its outcome is no value: it is written by itself */
/* What became of the last claim of a part. */
#define CLAIMED 0
#define BEGUN 1
#define BACK 2        /* it was given back, put back, or interrupted */
/* What becomes of a request. */
#define ANSWERED 0
#define UNANSWERED 1  /* it is done, and the reply is lost */
#define DROPPED 2     /* it is never done */
#define LATE 3        /* it is done later, when nobody waits for the reply */
/* Requests. */
#define CLAIM 0
#define END_PACK 1    /* `hand`, with the values of all parts, or of the last step */
#define RECORD 2      /* `record-steps` */
#define GIVE_PACK 3
#define OWN 4         /* values and give-backs by the parts' own tokens */

/* The C preprocessor expands no macro inside itself: so there are two of them. */
#if PARTS == 2
#define EACH_PART(T) T(0) T(1)
#define OVER_PARTS(T) T(0) T(1)
#else
#define EACH_PART(T) T(0) T(1) T(2)
#define OVER_PARTS(T) T(0) T(1) T(2)
#endif
#define LAST (PARTS-1)
#ifdef SERIAL
#define STORED_AT_END LAST
#define isTurn(x) ((x)==vals)
#else
#define STORED_AT_END 0
#define isTurn(x) true
#endif

/* Redis: the pack while it is closed. vals: the number of its stored values. Claim n of the pack
   has the token n: so has each part that this claim holds, for which it stands for T.i. */
bit closed = 1; byte pst = WAIT, pby, pep, pclaims, vals;
/* Redis: the parts once they are jobs. Their claims are numbered on from those of the pack. */
byte st[PARTS]; byte by[PARTS]; byte ep[PARTS]; byte claims[PARTS];
byte intr[PARTS]; bit cans[PARTS];
/* Redis: what the composite waits for, and whether the part before a serial's pack has ended. */
byte deps = 1; bit released; bit before = 1;
/* The activation of each dispatcher, and the last one that was declared dead. */
byte epoch[2]; byte deadEp[2];
/* A late request: whose, which, its token, the epoch, the step, and what it knew of each part. */
byte gd = NONE, gk, gf, ge, gx; byte gs[PARTS];
/* What must be true: the claim whose value a part has; what became of the last claim of a part; how
   often it was in the hand of a run that killed its process. */
byte won[PARTS]; byte last[PARTS]; byte struck[PARTS];
/* What has gone wrong so far. */
byte lost, touches, cancels, crashes, kills, falses, lates, stops, turns;
byte stale;           /* late requests that claim for an activation that has ended */
bit calm;             /* nothing goes wrong any more, and all must end */

/* A part, whether it is in the pack or not. */
#define isNext(x) ((x)>=vals && isTurn(x))     /* in a closed pack: it has the state of the pack */
#define ended(x) ((closed && (x)<vals) || (!closed && st[x]>=DONE))
#define hasEnded(x) && ended(x)
#define allEnded (true OVER_PARTS(hasEnded))
#define token(x) (closed -> pclaims : claims[x])
#define packHeld(d,f) (closed && pst==ACTIVE && pby==d && pclaims==f)
#define partHeld(x,d,f) (!closed && st[x]==ACTIVE && by[x]==d && claims[x]==f)
#define held(x,d,f) ((packHeld(d,f) && isNext(x)) || partHeld(x,d,f))

#ifdef MUTANT_NO_FENCE
#define accepted(x,d,f) (st[x]==ACTIVE)
#elif defined(MUTANT_OPENS_UNFENCED)
#define accepted(x,d,f) (st[x]==ACTIVE && (by[x]==NOBODY || (by[x]==d && claims[x]==f)))
#else
#define accepted(x,d,f) (st[x]==ACTIVE && by[x]==d && claims[x]==f)
#endif
#ifdef MUTANT_ENDS_OPENED
#define packEnds(d,f) (packHeld(d,f) || !closed)
#else
#define packEnds(d,f) (packHeld(d,f) && vals==STORED_AT_END)
#endif
#ifdef MUTANT_RECORD_NO_FENCE
#define recorded(x,d,f) ((closed && pst==ACTIVE) || (!closed && st[x]==ACTIVE))
#elif defined(MUTANT_RECORD_NO_NUMBER)
#define recorded(x,d,f) packHeld(d,f)
#else
#define recorded(x,d,f) (packHeld(d,f) && vals==x)
#endif

inline wakeComposite() {
  deps--;
  if :: deps==0 -> assert(allEnded && !released); released=1 :: else fi
}
inline release(x) { by[x]=0; ep[x]=0 }
inline releasePack() { pby=0; pep=0 }

/* Scripts on parts that are jobs. The end of a part goes on in the flow. */
inline leave(x,to) {
  st[x]=to; release(x);
#ifdef SERIAL
  if
  :: x<LAST -> if :: st[(x+1)%PARTS]==NEW -> st[(x+1)%PARTS]=WAIT :: else fi
#ifdef MUTANT_NOT_IN_FLOW
  :: else
#else
  :: else -> wakeComposite()
#endif
  fi
#else
  wakeComposite()
#endif
}
inline end(x,f,whose) {
  assert(by[x]==whose && f==claims[x] && won[x]==0);
  won[x]=f; leave(x,DONE)
}
inline giveBack(x,f,whose) {
  assert(by[x]==whose && f==claims[x]);
  assert(last[x]==CLAIMED);               /* a run of it would be repeated, and not counted */
  st[x]=WAIT; last[x]=BACK; release(x)
}
inline claimed(x) { assert(last[x]!=BEGUN); last[x]=CLAIMED }
inline take(x,whose,e) {
  st[x]=ACTIVE; by[x]=whose; ep[x]=e; claims[x]++; claimed(x)
}

/* It opens the pack: each part is a job, and they take its place in the flow. */
#ifdef MUTANT_OPENS_ENDED
#define isStored(x) (x<vals && pst!=DONE)
#else
#define isStored(x) (x<vals)
#endif
#ifdef MUTANT_NO_CHAIN
#define whileNew WAIT
#else
#define whileNew NEW
#endif
#ifdef MUTANT_OPENS_UNFENCED
#define opened(x) st[x]=pst; by[x]=(pst==ACTIVE -> NOBODY : 0)
#elif defined(MUTANT_OPENS_PENDING)
#define opened(x) st[x]=(pst==ACTIVE -> WAIT : pst)
#elif defined(MUTANT_OPENS_ENDED)
#define opened(x) st[x]=(pst==DONE -> WAIT : pst); by[x]=pby; ep[x]=pep
#else
#define opened(x) st[x]=pst; by[x]=pby; ep[x]=pep
#endif
#define OPEN(x) claims[x]=pclaims; \
  if \
  :: isStored(x) -> st[x]=DONE \
  :: !isStored(x) && isNext(x) || (pst==DONE && !isStored(x)) -> opened(x) \
  :: else -> st[x]=whileNew \
  fi;
inline open() {
  if
  :: closed ->
     EACH_PART(OPEN)
#if !defined(SERIAL) && !defined(MUTANT_NOT_IN_FLOW)
     if :: pst!=DONE -> deps=deps-1+PARTS :: else fi;
#endif
     closed=0; pst=0; releasePack(); pclaims=0; vals=0
  :: else
  fi
}

/* Scripts on the pack. */
#define CLAIM_PART(x) if :: isNext(x) -> claimed(x) :: else fi;
inline takePack(whose,e) {
  pst=ACTIVE; pby=whose; pep=e; pclaims++; EACH_PART(CLAIM_PART) skip
}
#define GIVE_PART(x) if :: isNext(x) -> assert(last[x]==CLAIMED); last[x]=BACK :: else fi;
inline givePack() { EACH_PART(GIVE_PART) pst=WAIT; releasePack() }
#ifdef MUTANT_ENDS_OPENED
#define END_OPENED(x) if :: !closed && st[x]==ACTIVE -> end(x,f0,d0) :: else fi;
#else
#define END_OPENED(x)
#endif
#define END_PART(x) if :: x>=vals -> assert(won[x]==0); won[x]=f0 :: else fi;
inline endPack(f0,d0) {
  if
  :: closed ->
     assert(packHeld(d0,f0) && vals==STORED_AT_END);
     EACH_PART(END_PART) vals=PARTS; pst=DONE; releasePack(); wakeComposite()
  :: else -> EACH_PART(END_OPENED) skip
  fi
}
inline record(x,f,whose) {
  if
  :: closed ->
     assert(packHeld(whose,f) && vals==x && won[x]==0);
     won[x]=f; vals++; if :: vals<PARTS -> last[vals]=CLAIMED :: else fi
#ifdef MUTANT_RECORD_NO_FENCE
  :: else -> end(x,f,whose)
#endif
  fi
}
inline writeOne(x,f,s,whose) {
  if
  :: s==RAN && accepted(x,whose,f) -> end(x,f,whose)
  :: s==FRESH && accepted(x,whose,f) -> giveBack(x,f,whose)
  :: else
  fi
}
#define PICK_PART(x) :: !closed && st[x]==WAIT -> p=x

/* The slot. */
#define IS_IN(x) || s[x]!=NOT
#define IS_FRESH(x) || s[x]==FRESH
#define IS_RUNNING(x) || s[x]==RUNS
#define HAS_RUN(x) || s[x]==RAN
#define IS_ITSELF(x) || s[x]==ITSELF
#define IS_VALUE(x) && s[x]==RAN
#define isEmpty (!(false OVER_PARTS(IS_IN)))
#define hasFresh (false OVER_PARTS(IS_FRESH))
#define hasRunning (false OVER_PARTS(IS_RUNNING))
#define hasRan (false OVER_PARTS(HAS_RUN))
#define hasItself (false OVER_PARTS(IS_ITSELF))
#ifdef SERIAL
#define isWhole (asPack && s[LAST]==RAN)
#else
#define isWhole (asPack OVER_PARTS(IS_VALUE))
#endif

/* A token is in use from before it is sent until its last use has been answered. While the slot
   works on the closed pack, the tokens of all its parts are in use. */
#ifdef MUTANT_NO_RECONCILE
#define inUse(x) true
#elif defined(MUTANT_AUDIT_BY_RUN)
#define inUse(x) (hf==token(x) && s[x]!=NOT && s[x]!=FRESH)
#elif defined(MUTANT_AUDIT_BY_PACK)
#define inUse(x) (hf==token(x) && (asPack || s[x]!=NOT || closed))
#elif defined(MUTANT_KEEPS_PACK)
#define inUse(x) ((hf==token(x) && (asPack || s[x]!=NOT)) || kept==token(x))
#else
#define inUse(x) (hf==token(x) && (asPack || s[x]!=NOT))
#endif
#define isOwn(x) (!closed && st[x]==ACTIVE && by[x]==d && ep[x]==epoch[d])
#define isOwnPack (closed && pst==ACTIVE && pby==d && pep==epoch[d])
#define IS_USED(x) || (isNext(x) && inUse(x))
#define IS_UNUSED(x) || (isNext(x) && !inUse(x))
#define someUsed (false OVER_PARTS(IS_USED))
#define someUnused (false OVER_PARTS(IS_UNUSED))

/* What an activation left behind: an earlier one of its own, or one that was declared dead. */
#define isLeft(b,e) ((b==d && e<epoch[d]) || (b==o && e<=deadEp[o]))
#define isDeposed (epoch[d]<=deadEp[d])
#define mayClaim (!stopping && isEmpty && (!isDeposed || lates<MAXLATE))
/* What an orderly stop knows of its claims. */
#ifdef MUTANT_STOP_COUNTS
#define isUnbegun(x) false
#else
#define isUnbegun(x) (last[x]==CLAIMED)
#endif
#define IS_UNBEGUN(x) || (isNext(x) && isUnbegun(x))
#define IS_BEGUN(x) || (isNext(x) && !isUnbegun(x))
#define IS_LEFT_OVER(x) || (isOwn(x) && isUnbegun(x))
#define someUnbegun (false OVER_PARTS(IS_UNBEGUN))
#define someBegun (false OVER_PARTS(IS_BEGUN))

/* What the slot reports of the end of a part must be so. */
inline tell(x,f,isKept) { assert(isKept == (won[x]==f)) }
inline forget(x) { s[x]=NOT; if :: isEmpty -> hf=0; hq=0; asPack=0 :: else fi }
#define FORGET(x) s[x]=NOT;
inline forgetHand() { EACH_PART(FORGET) hf=0; hq=0; asPack=0 }
#ifdef MUTANT_KEEPS_PACK
#define fallBack() kept=hf; asPack=0
#else
#define fallBack() asPack=0
#endif
inline pickFate() {
  if
  :: fate=ANSWERED
  :: lost<MAXLOST -> lost++;
     if :: fate=UNANSWERED :: fate=DROPPED :: gd==NONE -> fate=LATE fi
  fi
}
#define isDone (fate==ANSWERED || fate==UNANSWERED)
inline sendLater(kind,x) { gd=d; gk=kind; gf=hf; ge=epoch[d]; gx=x }

/* The claim of the pack, or of a part that is a job. */
#ifdef SERIAL
#define GET(x) if :: isNext(x) -> s[x]=FRESH :: else fi;
#else
#define GET(x) s[x]=FRESH;
#endif
inline claim(whose,e,isKept) {
  if
  :: closed && pst==WAIT ->
     takePack(whose,e);
     if :: isKept -> hf=pclaims; asPack=1; EACH_PART(GET) skip :: else fi
  :: else ->
     if EACH_PART(PICK_PART) :: else -> p=NONE fi;
     if
     :: p!=NONE ->
        take(p,whose,e);
        if :: isKept -> hf=claims[p]; hq=intr[p]+cans[p]; s[p]=FRESH :: else fi
     :: else
     fi;
     p=0
  fi
}
#define CAN_CLAIM(x) || st[x]==WAIT
#define someWaits (pst==WAIT || (!closed && (false OVER_PARTS(CAN_CLAIM))))

/* The end of the pack. */
#define TELL_STORED(x) if :: s[x]!=NOT -> tell(x,hf,true) :: else fi;
#define TELL_LOST(x) if :: s[x]!=NOT -> tell(x,hf,false) :: else fi;
#define SET_UNCLEAR(x) if :: s[x]!=NOT -> s[x]=UNCLEAR :: else fi;
inline sendEnd() {
  pickFate();
  if
  :: fate==ANSWERED && packEnds(d,hf) -> endPack(hf,d); EACH_PART(TELL_STORED) forgetHand()
#ifdef MUTANT_REFUSED_IS_LOST
  :: fate==ANSWERED && !packEnds(d,hf) -> EACH_PART(TELL_LOST) forgetHand()
#else
  :: fate==ANSWERED && !packEnds(d,hf) -> fallBack()
#endif
  :: fate!=ANSWERED ->
     if
     :: fate==UNANSWERED && packEnds(d,hf) -> endPack(hf,d)
     :: fate==LATE -> sendLater(END_PACK,0)
     :: else
     fi;
#ifdef MUTANT_LOST_STORED
     EACH_PART(TELL_STORED) forgetHand()
#else
     EACH_PART(SET_UNCLEAR) fallBack()
#endif
  fi;
  fate=0
}

/* The value of a step. The next step begins when its record is stored. */
inline sendRecord(x) {
  pickFate();
  if
  :: fate==ANSWERED && recorded(x,d,hf) -> record(x,hf,d); s[x]=NOT; s[(x+1)%PARTS]=FRESH
  :: fate==ANSWERED && !recorded(x,d,hf) -> fallBack()
  :: fate!=ANSWERED ->
     if
     :: fate==UNANSWERED && recorded(x,d,hf) -> record(x,hf,d)
     :: fate==LATE -> sendLater(RECORD,x)
     :: else
     fi;
#ifdef MUTANT_BEGINS_UNANSWERED
     s[x]=UNCLEAR; s[(x+1)%PARTS]=FRESH; fallBack()
#elif defined(MUTANT_RECORD_NO_NUMBER)
     skip                                 /* it is sent again */
#else
     s[x]=UNCLEAR; fallBack()
#endif
  fi;
  fate=0
}

/* Between two steps the slot gives the pack back, and retires its tokens in any case. */
inline sendGivePack() {
  pickFate();
  if
  :: isDone && packHeld(d,hf) -> givePack()
  :: fate==LATE -> sendLater(GIVE_PACK,0)
  :: else
  fi;
  fallBack(); forgetHand(); fate=0
}

/* By the parts' own tokens: values, and what has not begun. */
#define WRITE(x) writeOne(x,hf,s[x],d);
#define SEND_LATER(x) if :: s[x]==RAN || s[x]==FRESH -> gs[x]=s[x] :: else fi;
#define SETTLE(x) \
  if \
  :: s[x]==RAN && fate==ANSWERED -> s[x]=NOT \
  :: s[x]==RAN && fate!=ANSWERED -> s[x]=UNCLEAR \
  :: s[x]==FRESH -> s[x]=NOT \
  :: else \
  fi;
inline sendOwn() {
  pickFate();
  if
  :: isDone -> open(); EACH_PART(WRITE) skip
  :: fate==LATE -> sendLater(OWN,0); EACH_PART(SEND_LATER) skip
  :: else
  fi;
  fallBack(); EACH_PART(SETTLE) if :: isEmpty -> forgetHand() :: else fi; fate=0
}

/* One outcome by its own token: one that is no value, or one after a lost reply. */
#ifdef MUTANT_GOES_ON
#define goOn(x) if :: x<LAST && hf==token(x) -> s[(x+1)%PARTS]=FRESH :: else fi
#else
#define goOn(x) skip
#endif
inline endOne(x) {
  if
  :: held(x,d,hf) ->
     pickFate();
     if
     :: isDone -> open(); end(x,hf,d)
     :: fate==LATE -> sendLater(OWN,0); gs[x]=RAN
     :: else
     fi;
     if
     :: fate==ANSWERED -> tell(x,hf,true); fallBack(); goOn(x); forget(x)
     :: else -> fallBack(); s[x]=UNCLEAR
     fi;
     fate=0
  :: else ->
     open();
#if defined(MUTANT_NO_FENCE) || defined(MUTANT_OPENS_UNFENCED)
     if :: accepted(x,d,hf) -> end(x,hf,d) :: else fi;
#endif
     /* Refused. After a lost reply the part tells whether an earlier attempt was stored. */
     if
#ifndef MUTANT_NOT_READ
     :: s[x]==UNCLEAR && hq==intr[x]+cans[x] -> tell(x,hf,true); fallBack(); goOn(x)
#endif
     :: else -> tell(x,hf,false); fallBack()
     fi;
     forget(x)
  fi
}

/* Earlier steps have ended when a step begins, also in a process that was declared dead. */
#ifdef SERIAL
#define ENDED_BEFORE(y) && (y>=x || ended(y))
#define inOrder(x) (true OVER_PARTS(ENDED_BEFORE))
#else
#define inOrder(x) true
#endif
inline begin(x) {
  assert(inOrder(x)); s[x]=RUNS;
  if
  :: held(x,d,hf) -> assert(last[x]==CLAIMED && won[x]==0); last[x]=BEGUN
  :: else -> assert(isDeposed || cans[x])      /* it was taken away, and the slot is not told yet */
  fi
}
#ifdef WAITS
#define mayEnd(x) (x!=POISON && (x!=0 || ended(1)))   /* part 0 waits for part 1 in its task */
#else
#define mayEnd(x) (x!=POISON)
#endif
inline strike(x) {
  if
  :: x!=POISON && s[x]!=NOT && held(x,d,hf) -> struck[x]++; assert(struck[x]<=1)
  :: else
  fi
}
inline die() { forgetHand(); stopping=0; epoch[d]++ }
/* A part has one interrupt for each death, and for each claim by an activation that has ended. */
inline interrupt(x) {
  by[x]=SYS; ep[x]=0; intr[x]++; last[x]=BACK;
  assert(x==POISON || intr[x]<=crashes+falses+stops+kills+lates+stale)
}
inline decide(x) {
  release(x);
  if :: x==POISON && intr[x]>MAXI -> leave(x,ABORTED) :: else -> st[x]=WAIT fi
}
inline cancel(x) {
  open();
  if
  :: st[x]==WAIT || (st[x]==ACTIVE && by[x]!=CAN) -> st[x]=ACTIVE; by[x]=CAN; ep[x]=0; cans[x]=1
  :: else
  fi
}
#define STRIKE(x) strike(x);

#define BEGIN(x) :: atomic { !stopping && s[x]==FRESH && !hasRunning && !hasItself -> begin(x) }
#define RETURN(x) :: atomic { s[x]==RUNS && mayEnd(x) -> s[x]=(x==OTHER -> ITSELF : RAN) }
#define POISONED(x) :: atomic { x==POISON && s[x]==RUNS -> OVER_PARTS(STRIKE) kills++; die() }
#define IS_ALONE(x) || s[x]==ITSELF || s[x]==UNCLEAR
#define PICK_ALONE(x) :: s[x]==ITSELF || s[x]==UNCLEAR -> p=x
#ifdef SERIAL
#define RECORD_STEP(x) :: atomic { asPack && s[x]==RAN && x<LAST -> sendRecord(x) }
#define GIVE_STEP(x) :: atomic { asPack && s[x]==FRESH && (stopping || turns<MAXTURN) -> \
  if :: stopping :: else -> turns++ fi; sendGivePack() }
#define byItself !asPack
#else
#define RECORD_STEP(x)
#define GIVE_STEP(x)
#define byItself !isWhole
#endif
#ifdef MUTANT_TOLD_BY_KEY
#define isThere(x) partHeld(x,d,hf)
#else
#define isThere(x) held(x,d,hf)
#endif
/* The slot is told that a part was taken away: a cancel says so, or a reconcile pass finds it. */
#define TOLD(x) :: atomic { s[x]!=NOT && s[x]!=UNCLEAR && !isThere(x) -> \
  tell(x,hf,false); forget(x) }
#define RECONCILE(x) :: atomic { isOwn(x) && !inUse(x) -> giveBack(x,claims[x],d) }
#define CLEAN(x) :: atomic { !closed && st[x]==ACTIVE && isLeft(by[x],ep[x]) -> interrupt(x) }
#define DECIDE(x) :: atomic { st[x]==ACTIVE && by[x]==SYS -> decide(x) }
#define PICK_CANCELLED(x) :: !ended(x) && (!closed || isNext(x)) -> p=x
#define CANCEL(x) :: atomic { st[x]==ACTIVE && by[x]==CAN -> leave(x,CANCELLED) }
#define PUT_BACK(x) :: atomic { stopping && isOwn(x) && isUnbegun(x) -> giveBack(x,claims[x],d) }
#define COUNTED(x) assert(!isOwn(x) || last[x]==BEGUN); \
  assert(!isOwnPack || !isNext(x) || last[x]==BEGUN);
#define WRITE_LATE(x) writeOne(x,gf,gs[x],d);
#define CLEAR_LATE(x) gs[x]=0;

proctype D(byte d) {
  byte o = 1-d;
  byte s[PARTS];                          /* what it knows of each part */
  byte hf, hq;                            /* the token of its hand; what was counted at the claim */
  bit asPack;                             /* it works on a closed pack, as far as it knows */
  bit stopping;
#ifdef MUTANT_KEEPS_PACK
  byte kept;
#endif
  byte p, fate;
  do
  :: atomic { allEnded -> break }
  :: atomic { mayClaim && someWaits ->
       if :: isDeposed -> lates++ :: else fi;
       pickFate();
       if
       :: fate==ANSWERED -> claim(d,epoch[d],true)
       :: fate==UNANSWERED -> claim(d,epoch[d],false)   /* the slot retires the tokens */
       :: fate==LATE -> sendLater(CLAIM,0)
       :: else
       fi;
       fate=0 }
#ifndef SERIAL
  /* In a lane whose jobs are not short the claim opens the pack. */
  :: atomic { mayClaim && closed && pst==WAIT -> open() }
#endif
  EACH_PART(BEGIN) EACH_PART(RETURN) EACH_PART(POISONED)
  EACH_PART(RECORD_STEP) EACH_PART(GIVE_STEP) EACH_PART(TOLD)
  :: atomic { (false EACH_PART(IS_ALONE)) -> if EACH_PART(PICK_ALONE) fi; endOne(p); p=0 }
  :: atomic { isWhole -> sendEnd() }
  /* All have run; or a part is slow, or has an outcome that is no value; or it stops. */
  :: atomic { byItself && (hasFresh || hasRan) &&
       (hasRunning || hasItself || stopping || !hasFresh) -> sendOwn() }
  /* A late request. What it claims has a retired token. */
  :: atomic { gd==d ->
       if
       :: gk==CLAIM ->
          if :: ge<epoch[d] || ge<=deadEp[d] -> stale++ :: else fi; claim(d,ge,false)
       :: gk==END_PACK -> if :: packEnds(d,gf) -> endPack(gf,d) :: else fi
       :: gk==RECORD ->
          if
          :: recorded(gx,d,gf) -> record(gx,gf,d)
          :: else
          fi
       :: gk==GIVE_PACK -> if :: packHeld(d,gf) -> givePack() :: else fi
       :: gk==OWN -> open(); EACH_PART(WRITE_LATE) skip
       fi;
       gd=NONE; gk=0; gf=0; ge=0; gx=0; EACH_PART(CLEAR_LATE) skip }
  /* The reconcile pass. It looks at the token of each part, also while the pack is closed. */
  EACH_PART(RECONCILE)
  :: atomic { isOwnPack && someUnused -> if :: someUsed -> open() :: else -> givePack() fi }
  /* The cleanup, or a reconcile pass, opens a pack. After that it interrupts its parts. */
#ifdef MUTANT_INTERRUPTS_PACK
  :: atomic { closed && pst==ACTIVE && isLeft(pby,pep) -> pby=SYS; pep=0 }
  :: atomic { closed && pst==ACTIVE && pby==SYS -> pst=WAIT; pby=0 }
#else
  :: atomic { closed && pst==ACTIVE && isLeft(pby,pep) -> open() }
#endif
  EACH_PART(CLEAN) EACH_PART(DECIDE)
  /* Others: the part before the pack ends, a callback is added, a part is cancelled. */
  :: atomic { !before ->
       before=1;
       if
       :: closed -> pst=WAIT
#ifdef MUTANT_KEEPS_PARENT
       :: else
#else
       :: else -> st[0]=WAIT
#endif
       fi }
  :: atomic { !calm && touches<MAXTOUCH && closed -> touches++; open() }
  :: atomic { !calm && cancels<MAXCANCEL ->
       cancels++; if EACH_PART(PICK_CANCELLED) :: else -> p=NONE fi;
       if :: p!=NONE -> cancel(p) :: else fi; p=0 }
  EACH_PART(CANCEL)
  /* It dies and starts again. Or it is declared dead, and learns of it later. Or it stops. */
  :: atomic { !calm && crashes<MAXCRASH -> crashes++; die() }
  :: atomic { !calm && falses<MAXFALSE && deadEp[o]<epoch[o] -> falses++; deadEp[o]=epoch[o] }
  :: atomic { isDeposed -> forgetHand(); stopping=0; epoch[d]=deadEp[d]+1 }
  :: atomic { !calm && stops<MAXSTOP && !stopping && !isDeposed -> stops++; stopping=1 }
#if MAXTOUCH+MAXCANCEL+MAXCRASH+MAXFALSE+MAXSTOP > 0
  :: atomic { !calm -> calm=1 }
#endif
  /* The grace is over. The cleanup interrupts what has begun, and puts back the other claims. */
  EACH_PART(PUT_BACK)
  :: atomic { stopping && isOwnPack && someUnbegun ->
       if :: someBegun -> open() :: else -> givePack() fi }
  :: atomic { stopping && !(isOwnPack && someUnbegun) && !(false OVER_PARTS(IS_LEFT_OVER)) ->
       if :: isDeposed :: else -> EACH_PART(COUNTED) skip fi; die() }
  od;
#define RIGHT(x) assert(closed || (st[x]==DONE) == (won[x]!=0)); \
  assert(won[x]!=0 || x==POISON || cans[x]); assert(closed || won[x]==0 || won[x]<=claims[x]);
  EACH_PART(RIGHT)
#if POISON < PARTS
  assert(st[POISON]==ABORTED && intr[POISON]==MAXI+1);
#endif
  assert(released && deps==0)
}
init {
  atomic {
#ifdef BEFORE
    before=0; pst=NEW;
#endif
    epoch[0]=1; epoch[1]=1; run D(0); run D(1)
  }
}
ltl live { <> allEnded }
