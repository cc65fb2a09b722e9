/*
 * The turns of the keys of a quota in one lane (Q9, quotas.md). Three keys have one slot each. Jobs 0
 * and 1 are of the first key, jobs 2 and 3 of the second one, job 4 of the third one.
 */
#ifndef MAXDIE
#define MAXDIE 1      /* runs that are interrupted; the job is put back, and keeps its place */
#endif
#ifndef MAXLOST
#define MAXLOST 1     /* jobs that another program deletes: nothing of them is freed */
#endif
#ifndef MAXREMOVE
#define MAXREMOVE 1   /* waiting jobs that are removed */
#endif
#ifndef MOST
#define MOST 1        /* jobs on turn at a time */
#endif
#define NJ 5
#define NK 3
#define NONE 255
#define keyOf(j) ((j)/2)
/* Where a job is. */
#define NEW 0
#define LINE 1
#define WAIT 2        /* in the lane: on turn, or put back */
#define ACTIVE 3      /* claimed, and has no slot yet */
#define RUN 4
#define PARKED 5
#define DONE 6

byte st[NJ]; bit onTurn[NJ]; bit untried[NJ]; bit woken[NJ]; bit holder[NJ];
chan turns = [NK] of { byte };
bit inTurns[NK];
/* How many turns others had since a key waits for its own. */
byte passed[NK];
byte dies, lost, removes;

#define ofKey(what,k) ((keyOf(0)==(k) && what[0]) + (keyOf(1)==(k) && what[1]) + (keyOf(2)==(k) && what[2]) + (keyOf(3)==(k) && what[3]) + (keyOf(4)==(k) && what[4]))
#define isIn(j,k,s) (keyOf(j)==(k) && st[j]==(s))
#define firstIn(k,s) (isIn(0,k,s) -> 0 : (isIn(1,k,s) -> 1 : (isIn(2,k,s) -> 2 : (isIn(3,k,s) -> 3 : (isIn(4,k,s) -> 4 : NONE)))))
#define allUntried (untried[0]+untried[1]+untried[2]+untried[3]+untried[4])
#define isFull(k) (ofKey(holder,k) + ofKey(woken,k) >= 1)
#define mayBeOnTurn(k) (ofKey(onTurn,k)==0 && !isFull(k))
#define allDone (st[0]==DONE && st[1]==DONE && st[2]==DONE && st[3]==DONE && st[4]==DONE)

inline beOnTurn(j) { onTurn[j]=1; untried[j]=1; st[j]=WAIT }
inline joinTurns(k) {
  if
  :: firstIn(k,LINE)!=NONE && !inTurns[k] && mayBeOnTurn(k) -> turns!k; inTurns[k]=1; passed[k]=0
  :: else
  fi
}
inline notePassed(k) {
  if :: inTurns[0] && k!=0 -> passed[0]++ :: else fi;
  if :: inTurns[1] && k!=1 -> passed[1]++ :: else fi;
  if :: inTurns[2] && k!=2 -> passed[2]++ :: else fi;
  /* In a round each of the other keys has one turn. */
  assert(passed[0]<NK && passed[1]<NK && passed[2]<NK)
}
inline giveTurns() {
  do
  :: len(turns)>0 && allUntried<MOST ->
#ifdef MUTANT_ANY_KEY
     if :: turns??0 -> w=0 :: turns??1 -> w=1 :: turns??2 -> w=2 fi;
#else
     turns?w;
#endif
     inTurns[w]=0;
     if
     :: firstIn(w,LINE)!=NONE && mayBeOnTurn(w) -> notePassed(w); w=firstIn(w,LINE); beOnTurn(w)
     :: else
     fi
  :: else -> break
  od;
  w=NONE
}
/* A slot of the key is free, or its job has had its turn. */
inline passTurn(k) { joinTurns(k); giveTurns() }
inline wake(k) {
#ifndef MUTANT_NO_WAKE
  if
  :: firstIn(k,PARKED)!=NONE && !isFull(k) -> w=firstIn(k,PARKED); woken[w]=1; st[w]=WAIT; w=NONE
  :: else
  fi;
  passTurn(k)
#else
  skip
#endif
}
inline leave(j) { holder[j]=0; onTurn[j]=0; untried[j]=0; woken[j]=0 }
inline arrive(j) {
  if
  ::
#ifndef MUTANT_PASSES
     len(turns)==0 &&
#endif
     firstIn(keyOf(j),LINE)==NONE && allUntried<MOST && mayBeOnTurn(keyOf(j)) ->
     notePassed(keyOf(j)); beOnTurn(j)
  :: else -> st[j]=LINE; joinTurns(keyOf(j))
  fi
}
inline take(j) {
  untried[j]=0;
  if
  :: ofKey(holder,keyOf(j))>=1 -> st[j]=PARKED; woken[j]=0; giveTurns()
  :: else ->
     holder[j]=1; onTurn[j]=0; woken[j]=0; st[j]=RUN; passTurn(keyOf(j))
  fi
}
inline dropDead(j) { if :: st[j]==DONE -> leave(j) :: else fi }

proctype Job(byte j) {
  byte w = NONE;
  do
  :: atomic { st[j]==NEW -> arrive(j) }
  :: atomic { st[j]==WAIT -> st[j]=ACTIVE }
  :: atomic { st[j]==ACTIVE -> take(j) }
  :: atomic { st[j]==RUN -> st[j]=DONE; leave(j); wake(keyOf(j)) }
  :: atomic { (st[j]==ACTIVE || st[j]==RUN) && dies<MAXDIE -> dies++;
       leave(j); woken[j]=1; st[j]=WAIT; wake(keyOf(j)) }
  :: atomic { st[j]!=NEW && st[j]!=DONE && lost<MAXLOST -> lost++; st[j]=DONE }
  :: atomic { (st[j]==LINE || st[j]==WAIT || st[j]==PARKED) && removes<MAXREMOVE -> removes++;
       st[j]=DONE;
#ifndef MUTANT_REMOVAL_KEEPS
       leave(j); wake(keyOf(j))
#else
       skip
#endif
     }
  :: atomic { st[j]==DONE -> break }
  od
}
/* The reconcile pass. */
proctype Sweep() {
  byte w = NONE;
  do
#ifndef MUTANT_NO_SWEEP
  :: atomic { !allDone && lost>0 ->
       dropDead(0); dropDead(1); dropDead(2); dropDead(3); dropDead(4); wake(0); wake(1); wake(2) }
#endif
  :: atomic { allDone -> break }
  od
}
/* Q9: no key has more jobs than its slots, and each that runs has one. */
#define isRight (ofKey(holder,0)<=1 && ofKey(holder,1)<=1 && ofKey(holder,2)<=1 && allUntried<=MOST && (st[0]!=RUN || holder[0]) && (st[1]!=RUN || holder[1]) && (st[2]!=RUN || holder[2]) && (st[3]!=RUN || holder[3]) && (st[4]!=RUN || holder[4]))
proctype Watch() { end: atomic { !isRight -> assert(false) } }
init {
  byte w = NONE;
  atomic { run Job(0); run Job(1); run Job(2); run Job(3); run Job(4); run Sweep(); run Watch() };
  atomic {
    allDone ->
    dropDead(0); dropDead(1); dropDead(2); dropDead(3); dropDead(4); wake(0); wake(1); wake(2);
    /* Nothing is left of a key without jobs. */
    assert(ofKey(holder,0)+ofKey(holder,1)+ofKey(holder,2)+ofKey(onTurn,0)+ofKey(onTurn,1)+ofKey(onTurn,2)+allUntried==0);
    assert(len(turns)==0)
  }
}
