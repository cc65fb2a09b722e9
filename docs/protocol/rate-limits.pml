/*
 * A rate limit of a queue (Q9, rate-limits.md): MAX jobs start in a window of WINDOW ticks of
 * Redis's clock. Two dispatchers run the jobs, and look for jobs to wake.
 */
#ifndef MAXDIE
#define MAXDIE 1      /* deaths of dispatchers; each comes back, and its jobs run again */
#endif
#ifndef MAXLOST
#define MAXLOST 1     /* replies of take-quotas that are lost */
#endif
#ifndef MAXREFUSE
#define MAXREFUSE 1   /* RateLimitedErrors */
#endif
#ifndef MAX
#define MAX 1
#endif
#define WINDOW 2
#define NJ 3
#define ND 2
#define NONE 255
/* Where a job is. */
#define WAIT 0        /* in the lane */
#define ACTIVE 1      /* claimed: take-quotas is under way */
#define TAKEN 2       /* it has its start: the reply is under way */
#define RUN 3
#define PARKED 4
#define DONE 5

byte st[NJ]; byte by[NJ]; bit woken[NJ];
/* The age of the start under the token of a job's claim; WINDOW: the window has none. */
byte age[NJ];
/* The stored starts, and those of runs that have begun, by age: the promise is about the latter. */
byte starts[WINDOW]; byte began[WINDOW];
byte closed;          /* ticks until the limit opens that a task has closed */
bit noted;            /* the limit is among those that are to be opened */
bit timer[ND];        /* the dispatcher was told when */
byte dies, lost, refused;

#define counted (starts[0]+starts[1])
#define allWoken (woken[0]+woken[1]+woken[2])
#define isOpen (closed==0 && counted<MAX)
#define mayWake (noted && closed==0 && counted+allWoken<MAX && (st[0]==PARKED || st[1]==PARKED || st[2]==PARKED))
#define allDone (st[0]==DONE && st[1]==DONE && st[2]==DONE)

inline tick() {
  starts[1]=starts[0]; starts[0]=0; began[1]=began[0]; began[0]=0;
  if :: age[0]<WINDOW -> age[0]++ :: else fi;
  if :: age[1]<WINDOW -> age[1]++ :: else fi;
  if :: age[2]<WINDOW -> age[2]++ :: else fi;
  if :: closed>0 -> closed-- :: else fi
}
/* Parks a job whose limit is closed. The reply tells its dispatcher the time, unless it is lost. */
inline park(j) {
  assert(age[j]==WINDOW);
  st[j]=PARKED; woken[j]=0;
#ifndef MUTANT_NO_NOTE
  noted=1;
#endif
  if
  :: timer[by[j]]=1
  :: lost<MAXLOST -> lost++
  fi
}
inline take(j) {
  if
#ifndef MUTANT_NO_TOKEN
  :: age[j]<WINDOW -> st[j]=TAKEN
  :: age[j]==WINDOW && isOpen && (woken[j] || counted+allWoken<MAX) ->
#else
  :: isOpen && (woken[j] || counted+allWoken<MAX) ->
#endif
     starts[0]++; age[j]=0; woken[j]=0; st[j]=TAKEN
  :: else -> park(j)
  fi
}
/* The claim of a job is over: its next one has a new token. */
inline giveBack(j) { age[j]=WINDOW; woken[j]=1; st[j]=WAIT }
inline interrupt(j,d) {
  if
  :: by[j]==d && (st[j]==ACTIVE || st[j]==TAKEN || st[j]==RUN) ->
#ifdef MUTANT_DEATH_FREES
     if :: age[j]<WINDOW -> starts[age[j]]-- :: else fi;
#endif
     giveBack(j)
  :: else
  fi
}
/* open-limits. */
inline open(d) {
  do
  :: closed==0 && counted+allWoken<MAX && st[0]==PARKED -> woken[0]=1; st[0]=WAIT
  :: closed==0 && counted+allWoken<MAX && st[0]!=PARKED && st[1]==PARKED -> woken[1]=1; st[1]=WAIT
  :: closed==0 && counted+allWoken<MAX && st[0]!=PARKED && st[1]!=PARKED && st[2]==PARKED ->
     woken[2]=1; st[2]=WAIT
  :: else -> break
  od;
  noted = (st[0]==PARKED || st[1]==PARKED || st[2]==PARKED);
  timer[d]=noted
}

proctype Job(byte j) {
  do
  :: atomic { st[j]==WAIT -> by[j]=0; st[j]=ACTIVE }
  :: atomic { st[j]==WAIT -> by[j]=1; st[j]=ACTIVE }
  :: atomic { st[j]==ACTIVE -> take(j) }
     /* The reply comes, and the run begins; or it is lost, and the dispatcher asks again. */
  :: atomic { st[j]==TAKEN -> st[j]=RUN;
       if :: age[j]<WINDOW -> began[age[j]]++; assert(began[0]+began[1]<=MAX) :: else fi }
  :: atomic { st[j]==TAKEN && lost<MAXLOST -> lost++; st[j]=ACTIVE }
  :: atomic { st[j]==RUN -> st[j]=DONE }
  :: atomic { st[j]==RUN && refused<MAXREFUSE -> refused++; closed=WINDOW; giveBack(j) }
  :: atomic { st[j]==DONE -> break }
  od
}
proctype Dispatcher(byte d) {
  do
#ifndef MUTANT_TIMER_ONLY
  :: atomic { mayWake -> open(d) }
#else
  :: atomic { mayWake && timer[d] -> open(d) }
#endif
  :: atomic { dies<MAXDIE && !allDone -> dies++; timer[d]=0;
       interrupt(0,d); interrupt(1,d); interrupt(2,d) }
  :: atomic { allDone -> break }
  od
}
/* Time matters while a start is in the window, or the limit is closed. */
proctype Clock() {
  do
  :: atomic { !allDone && (counted>0 || began[0]+began[1]>0 || closed>0) -> tick() }
  :: atomic { allDone -> break }
  od
}
init {
  atomic {
    age[0]=WINDOW; age[1]=WINDOW; age[2]=WINDOW;
    run Job(0); run Job(1); run Job(2); run Dispatcher(0); run Dispatcher(1); run Clock()
  }
}
