// The one dialog of all actions: it counts, asks, acts, and says what was done.
import { useEffect, useState } from 'preact/hooks';
import { counted } from '../../src/text/words.js';
import { ApiError, type ActionAnswer } from '../api/client.js';
import { route } from '../route/route.js';
import { question, type Question, type Values } from './ask.js';
import { Dialog } from './dialog.js';
import { Fields, valuesOf } from './fields.js';
import { Problem } from './looked.js';
import { Text } from './text.js';

type Step =
  | { is: 'counting' }
  | { is: 'asking'; count: number; problem?: ApiError }
  | { is: 'acting'; count: number }
  | { is: 'done'; answer: ActionAnswer };

export function OpenQuestion() {
  const asked = question.value;
  const shown = route.value;
  // A question belongs to the screen that asked it.
  useEffect(() => {
    question.value = undefined;
  }, [shown]);
  if (!asked) return null;
  return <Asked asked={asked} close={() => (question.value = undefined)} />;
}

function Asked({ asked, close }: { asked: Question; close: () => void }) {
  const { title, says, verb, isDangerous, fields = [], count, act, after } = asked;
  const [step, setStep] = useState<Step>({ is: 'counting' });
  const [values, setValues] = useState<Values>(() => valuesOf(fields));

  const countAnew = async (problem?: ApiError): Promise<void> => {
    const found = typeof count === 'function' ? await count() : (count ?? 0);
    setStep({ is: 'asking', count: found, ...(problem && { problem }) });
  };
  const failed = (error: unknown, of: number): void => {
    const problem = error instanceof ApiError ? error : new ApiError(0, 'BROKEN', String(error));
    setStep({ is: 'asking', count: problem.matched ?? of, problem });
  };
  useEffect(() => void countAnew().catch((error: unknown) => failed(error, 0)), []);

  const isAboutJobs = count !== undefined;
  const shown = step.is === 'asking' || step.is === 'acting' ? step.count : 0;
  const isNothing = isAboutJobs && step.is === 'asking' && shown === 0;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (step.is !== 'asking' || isNothing) return;
    setStep({ is: 'acting', count: shown });
    act(values, shown).then(
      (answer) => {
        setStep({ is: 'done', answer });
        after?.();
      },
      (error: unknown) => {
        failed(error, shown);
        after?.();
      },
    );
  };

  return (
    <Dialog title={title} onClose={close}>
      {step.is === 'done' ? (
        <Done answer={step.answer} close={close} />
      ) : (
        <form onSubmit={submit}>
          <p>
            <Text of={says} />
          </p>
          {isAboutJobs && (
            <p aria-live="polite">
              {step.is === 'counting' ? (
                'Counts …'
              ) : (
                <>
                  This is <strong class="matched">{counted(shown, 'job')}</strong>.
                </>
              )}
            </p>
          )}
          <Fields of={fields} values={values} onChange={setValues} />
          {step.is === 'asking' && step.problem && <Problem of={step.problem} />}
          <div class="buttons">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button
              type="submit"
              class={isDangerous ? 'danger' : 'main'}
              disabled={step.is !== 'asking' || isNothing}
            >
              {isAboutJobs ? `${verb} ${counted(shown, 'job')}` : verb}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Done({ answer: { matched, done }, close }: { answer: ActionAnswer; close: () => void }) {
  return (
    <>
      <p role="status" class="done">
        {matched === undefined ? 'Done.' : `${counted(matched, 'job')} matched, ${done ?? 0} done.`}
        {done !== undefined && matched !== undefined && done < matched && (
          <> The others had gone on meanwhile.</>
        )}
      </p>
      <div class="buttons">
        <button type="button" class="main" onClick={close} autofocus ref={(it) => it?.focus()}>
          Close
        </button>
      </div>
    </>
  );
}
