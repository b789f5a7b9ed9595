/** Conversations and folders that are dragged to another place of the sidebar. The keyboard has the same in the menus. */
const TYPE = 'application/x-steady-order';

interface Dragged {
  readonly ids?: readonly string[];
  readonly folderId?: string;
}

export function startDrag(event: DragEvent, dragged: Dragged): void {
  event.dataTransfer?.setData(TYPE, JSON.stringify(dragged));
  if (event.dataTransfer !== null) event.dataTransfer.effectAllowed = 'move';
}

function read(event: DragEvent): Dragged {
  try {
    return JSON.parse(event.dataTransfer?.getData(TYPE) ?? '') as Dragged;
  } catch {
    return {};
  }
}

/** Makes an element take what is dropped on it: conversations, or one folder. */
export function dropTarget(take: (ids: string[], folderId: string | null) => void): (element: HTMLElement) => () => void {
  return (element) => {
    const mine = (event: DragEvent) => event.dataTransfer?.types.includes(TYPE) === true;
    const onOver = (event: DragEvent) => {
      if (!mine(event)) return;
      event.preventDefault();
      element.classList.add('drop');
    };
    const onLeave = () => element.classList.remove('drop');
    const onDrop = (event: DragEvent) => {
      onLeave();
      if (!mine(event)) return;
      event.preventDefault();
      event.stopPropagation();
      const { ids = [], folderId = null } = read(event);
      if (ids.length > 0 || folderId !== null) take([...ids], folderId);
    };
    element.addEventListener('dragover', onOver);
    element.addEventListener('dragleave', onLeave);
    element.addEventListener('drop', onDrop);
    return () => {
      element.removeEventListener('dragover', onOver);
      element.removeEventListener('dragleave', onLeave);
      element.removeEventListener('drop', onDrop);
    };
  };
}
