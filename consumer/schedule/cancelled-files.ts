import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import { whyRowCancelled } from '../../common/model/file-cancellation.ts';
import type { FileCancellation } from '../../common/model/file-cancellation.ts';

type Table = Pick<CompactedTable<FileCancellation>, 'get' | 'size' | 'onChange'>;

/** Files that a person has cancelled: nothing more of them is sent. */
export class CancelledFiles {
  private readonly table: Table;

  constructor(table: Table) {
    this.table = table;
  }

  /** @param listener is called whenever a file has been cancelled */
  onCancelled(listener: () => void): void {
    this.table.onChange(() => listener());
  }

  /** Why a delivery is not sent any more; null: it is. */
  whyCancelled({ id, record }: Pick<Delivery, 'id' | 'record'>): string | null {
    // This is asked for each delivery, and hardly any system has cancelled a file.
    if (this.table.size === 0) return null;
    return whyRowCancelled(id, record, (fileId) => this.table.get(fileId)?.at);
  }
}
